// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import Inference

@Suite struct TargetSpreadTests {
  /// The variances of q, c and s that a configuration says, against tilts drawn as it says.
  @Test(arguments: [(0.0, nil), (0.25, nil), (0.8, 3.0)] as [(Double, Double?)])
  func isThatOfTheTiltsOfTheTraining(share: Double, exponent: Double?) throws {
    let power = exponent.map { ",\"shrink_exponent\":\($0)" } ?? ""
    let json = "{\"ranges\":{\"tilt_degrees\":10,\"shrunk_share\":\(share)\(power)}}"
    let spread = try #require(TrainedRange(trainingJSON: json)).targetSpread
    var random = SeededRandom(seed: 6)
    let count = 100_000
    var (q, c, s) = (0.0, 0.0, 0.0)
    for _ in 0..<count {
      let factor = random.uniform() < share ? pow(random.uniform(), exponent ?? 1) : 1
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
