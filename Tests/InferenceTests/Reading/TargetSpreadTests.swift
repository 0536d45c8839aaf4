// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Testing

@testable import Inference

@Suite struct TargetSpreadTests {
  /// The variances of q, c and s that a configuration says, against tilts drawn as it says.
  @Test(arguments: [0.0, 0.25, 0.8]) func isThatOfTheTiltsOfTheTraining(share: Double) throws {
    let json = "{\"ranges\":{\"tilt_degrees\":10,\"shrunk_share\":\(share)}}"
    let spread = try #require(TrainedRange(trainingJSON: json)).targetSpread
    var random = SeededRandom(seed: 6)
    let count = 100_000
    var (q, c, s) = (0.0, 0.0, 0.0)
    for _ in 0..<count {
      let factor = random.uniform() < share ? random.uniform() : 1
      let tilt = TiltAngles(
        alpha: factor * random.uniform(-10, 10), beta: factor * random.uniform(-10, 10),
        gamma: factor * random.uniform(-10, 10))
      let split = HeadlessSplit(tilt)
      q += tilt.q * tilt.q / Double(count)
      c += split.c * split.c / Double(count)
      s += split.s * split.s / Double(count)
    }
    for (found, expected) in [(spread.q, q), (spread.c, c), (spread.s, s)] { #expect(abs(found / expected - 1) < 0.02) }
  }
}
