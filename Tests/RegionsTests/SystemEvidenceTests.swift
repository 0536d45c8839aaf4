// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import Regions

@Suite("Evidence for tilt systems")
struct SystemEvidenceTests {
  private func region(_ q: Double, _ c: Double, _ s: Double, _ sByRow: Double, _ sigma: Double) -> TiltRegion {
    var region = TiltRegion()
    region.q = RegionValue(q, sigma: 0.6 * sigma)
    region.c = RegionValue(c, sigma: sigma)
    region.s = RegionValue(s, sigma: sigma)
    region.sByRow = RegionValue(sByRow, sigma: sigma)
    return region
  }

  /// Angles of a system drawn at random, or nil for one that has no model of angles here.
  private func draw(_ system: TiltSystem, _ random: inout SeededRandom) -> TiltAngles? {
    let t = 12.0
    let (x, y, z) = (random.uniform(-t, t), random.uniform(-t, t), random.uniform(-t, t))
    let flip = random.uniform() < 0.5 ? 1.0 : -1
    let isFirst = random.uniform() < 0.5
    return switch system {
    case .abcMinus, .abcPlus: TiltAngles(alpha: x, beta: y, gamma: z)
    case .abbMinus, .abbPlus: TiltAngles(alpha: x, beta: y, gamma: flip * (isFirst ? x : y))
    case .abcZero: TiltAngles(alpha: x, beta: y, gamma: 0)
    case .aacMinus, .aacPlus: TiltAngles(alpha: x, beta: flip * x, gamma: z)
    case .aaaMinus, .aaaPlus: TiltAngles(alpha: x, beta: flip * x, gamma: isFirst ? x : -x)
    case .aacZero: TiltAngles(alpha: x, beta: flip * x, gamma: 0)
    case .zeroBCMinus, .zeroBCPlus: TiltAngles(alpha: isFirst ? 0 : x, beta: isFirst ? x : 0, gamma: z)
    case .zeroBBMinus, .zeroBBPlus: TiltAngles(alpha: isFirst ? 0 : x, beta: isFirst ? x : 0, gamma: flip * x)
    case .zeroBZero: TiltAngles(alpha: isFirst ? 0 : x, beta: isFirst ? x : 0, gamma: 0)
    case .cMinus, .cPlus: TiltAngles(alpha: 0, beta: 0, gamma: z)
    case .none: .zero
    case .inPhaseAB: nil
    }
  }

  /// The mean likelihood over drawn angles.
  private func sampled(_ system: TiltSystem, _ region: TiltRegion, count: Int) -> Double? {
    var random = SeededRandom(seed: 7, stream: UInt64(system.rawValue))
    let isInPhase = system.senses == .mmp || system.senses == .zeroZeroP
    var sum = 0.0
    func density(_ value: RegionValue, _ truth: Double) -> Double {
      let z = (value.value - truth) / value.sigma
      return exp(-0.5 * z * z) / (value.sigma * (2 * Double.pi).squareRoot())
    }
    for _ in 0..<count {
      guard let tilt = draw(system, &random) else { return nil }
      let split = HeadlessSplit(tilt)
      sum +=
        density(region.q, tilt.q) * density(region.c, split.c) * density(region.s, isInPhase ? 0 : split.s)
        * density(region.sByRow, isInPhase ? split.s : 0)
    }
    return log(sum / Double(count))
  }

  @Test("closed forms agree with integrals by random numbers", arguments: [0, 1, 2, 3, 4])
  func integrals(place: Int) {
    let cases = [
      region(3, 1.5, 5, 0.3, 0.9), region(0.3, 2, -0.4, 5.6, 0.9), region(5, -3, 0.5, 0.4, 0.9),
      region(4, 4.3, 0.2, -0.6, 0.9), region(0.4, -5, 0.5, 0.2, 0.9),
    ]
    let seen = cases[place]
    var evidence = SystemEvidence()
    evidence.measure(seen, largestAngle: 12)
    let largest = TiltSystem.allCases.map { evidence.logEvidence($0) }.max() ?? 0
    var compared = 0
    for system in TiltSystem.allCases {
      let closed = evidence.logEvidence(system)
      // Systems that nobody would consider are integrals of tails.
      guard closed > largest - 5, let reference = sampled(system, seen, count: 300_000) else { continue }
      compared += 1
      #expect(abs(closed - reference) < 0.35, "\(system): \(closed), by random numbers \(reference)")
    }
    #expect(compared >= 2)
  }

  @Test("every symbol is one that GlazerSymbol writes, and its senses are those of its pattern")
  func symbols() throws {
    for system in TiltSystem.allCases where system != .inPhaseAB {
      for text in system.symbols {
        let symbol = try #require(GlazerSymbol(text), "\(text)")
        #expect(symbol.description == text)
        #expect(TiltSenses(symbol.pattern) == system.senses, "\(text)")
      }
    }
    // All 27 patterns: those with + about one of a and b and - about the other share their readings.
    let known = TiltPattern.all.filter { TiltSenses($0) != nil }
    #expect(known.count == 27 - 6)
  }

  @Test("probabilities are some, also of what fits nothing")
  func strange() {
    for values in [(40.0, 3.0, 2.0, 1.0, 0.05), (0, 0, 300, 300, 0.01), (3, 1, 5, 0, 1e-4)] {
      var seen = region(values.0, values.1, values.2, values.3, values.4)
      var evidence = SystemEvidence()
      evidence.judge(&seen, largestAngle: 12)
      #expect((0.0...1).contains(seen.probability) && (0.0...1.0001).contains(seen.sensesProbability))
      #expect(seen.probability >= seen.runnerUpProbability && seen.sensesProbability >= seen.runnerUpSensesProbability)
    }
  }
}
