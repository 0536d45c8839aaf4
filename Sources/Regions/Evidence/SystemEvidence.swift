// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Inference

/// How well each tilt system explains what a region shows: the probability of its four means (Q, c, s, s by row), with the
/// angles that a system leaves open integrated over ± `largestAngle`.
///
/// The systems are sets of states: all of (p, q, r) for a-b-c±, q = 0 or p = 0 for a-a-c±, |p| = |q| where α or β is 0, and
/// so on. Since dp dr = ½ dc ds, every integral over such a set is a Gaussian, an error function, or a Gaussian of a
/// distance from a line; boundaries of the cube are left out, and p and r count as Gaussian where a line runs through them.
/// What is probable beforehand stands in `priors`.
struct SystemEvidence {
  /// Natural logarithms, then probabilities; by `TiltSystem.rawValue`.
  private var values = [Double](repeating: 0, count: Self.systems.count)

  // Kept: `allCases` makes an array each time.
  private static let systems = TiltSystem.allCases
  private static let senses = TiltSenses.allCases
  /// Logarithm of the weight of a system before anything is seen: of equal angles and of angles that are 0 less is expected than
  /// of any others, of a pattern in which γ alone is 0 next to nothing.
  private static let priors: [Double] = TiltSystem.allCases.map { system in
    switch system {
    case .abcMinus, .abcPlus: log(0.4)
    case .aacMinus, .aacPlus, .aaaMinus, .aaaPlus: log(0.2)
    case .abbMinus, .abbPlus: log(0.1)
    case .zeroBCMinus, .zeroBCPlus, .zeroBBMinus, .zeroBBPlus: log(0.05)
    case .abcZero, .aacZero: log(0.02)
    case .zeroBZero: log(0.01)
    case .cMinus, .cPlus, .inPhaseAB: log(0.5)
    case .none: 0
    }
  }

  init() {}

  /// Fills the system, its probability, the runner-up and what belongs to it. Sigmas are those of `region`.
  mutating func judge(_ region: inout TiltRegion, largestAngle t: Double) {
    measure(region, largestAngle: t)
    normalise()
    rank(&region)
  }

  /// Of a system, after `measure`.
  func logEvidence(_ system: TiltSystem) -> Double { values[Int(system.rawValue)] }

  /// Fills the logarithms.
  mutating func measure(_ region: TiltRegion, largestAngle t: Double) {
    for index in values.indices { values[index] = -.infinity }
    let q = region.q
    let c = region.c
    let quiet = logNormal(region.s.value, region.s.sigma) + logNormal(region.sByRow.value, region.sByRow.sigma)
    let logQ = logNormal(q.value, q.sigma)
    // ∫ over |p| or |r| of N(c; ±size): both signs of the angle.
    let logUp = log(2 * normalShare(c.value / c.sigma))
    let (two, half) = (-log(2 * t), -log(2.0))
    let root = half / 2
    add(.abcZero, 2 * two + logUp + quiet)
    add(.aacZero, half + two + root + logQ + logUp + quiet)
    add(.aacZero, half + two + root + logNormal(c.value, c.sigma) + quiet)
    add(.zeroBZero, two - root + logNormal(abs(q.value) - c.value, hypot(c.sigma, q.sigma)) + quiet)
    add(.none, logQ + logNormal(c.value, c.sigma) + quiet)
    add(.inPhaseAB, two + logQ + quiet)
    let outOfPhase = Senses(.abcMinus, .abbMinus, .aacMinus, .aaaMinus, .zeroBCMinus, .zeroBBMinus, .cMinus)
    let inPhase = Senses(.abcPlus, .abbPlus, .aacPlus, .aaaPlus, .zeroBCPlus, .zeroBBPlus, .cPlus)
    measure(outOfPhase, region, split: region.s, rest: region.sByRow, largestAngle: t)
    measure(inPhase, region, split: region.sByRow, rest: region.s, largestAngle: t)
  }

  /// The systems in which γ turns, of one sense of c: `split` is the part of s that they have, `rest` the one that they do not.
  private mutating func measure(
    _ systems: Senses, _ region: TiltRegion, split: RegionValue, rest: RegionValue, largestAngle t: Double
  ) {
    let q = region.q
    let c = region.c
    let other = logNormal(rest.value, rest.sigma)
    let quiet = other + logNormal(split.value, split.sigma)
    let logQ = logNormal(q.value, q.sigma)
    let logDown = log(2 * normalShare(-c.value / c.sigma))
    let (two, half) = (-log(2 * t), -log(2.0))
    let root = half / 2
    let pr = SplitAngles(c: c, s: split)
    add(systems.abc, 3 * two + other)
    // α = β, then α = −β: no split along both axes, so that no sense is seen.
    add(systems.aac, half + 2 * two + root + logQ + other)
    add(systems.aac, half + 2 * two + root + logDown + quiet)
    add(systems.c, two + logQ + logDown + quiet)
    // All equal, p = 0.
    add(
      systems.aaa,
      half + two + root + quiet
        + logNormal(c.value + abs(q.value) * 0.5.squareRoot(), hypot(c.sigma, q.sigma * 0.5.squareRoot())))
    let spread = hypot(pr.p.sigma, q.sigma)
    let rho = 3.0.squareRoot() * abs(q.value)
    let reach = 3.0.squareRoot() * q.sigma
    let sine = 8.0.squareRoot() / 3
    for turn in 0..<2 {
      let sign = turn == 0 ? 1.0 : -1
      // One of α and β is 0: p = ± q.
      add(systems.zeroBC, 2 * two - root + half + logNormal(q.value - sign * pr.p.value, spread) + other)
      // γ as large as α or β: r = ± (p ± q)/√2, in either cover of (p, r).
      for side in 0..<2 {
        let slope = (side == 0 ? 1.0 : -1) * 0.5.squareRoot()
        let width = hypot(pr.sigma(p: -slope, r: 1), q.sigma * 0.5.squareRoot())
        add(
          systems.abb,
          2 * two + 2 * half + logNormal(pr.r.value - slope * (pr.p.value + sign * q.value), width) + other)
      }
      // All equal, q = 0: (c, s) on the rays at 2t = ± 70.5°.
      add(systems.aaa, half + two - log(3.0) / 2 + logQ + other + pr.logOnRay(cosine: 1.0 / 3, sine: sign * sine))
      // One of α and β is 0, the other as large as γ: 2t = ± 109.5°, ρ = √3 |q|.
      add(
        systems.zeroBB,
        two - root + half + other + logNormal(c.value + rho / 3, hypot(c.sigma, reach / 3))
          + logNormal(split.value - sign * rho * sine, hypot(split.sigma, reach)))
    }
  }

  private struct Senses {
    var abc, abb, aac, aaa, zeroBC, zeroBB, c: TiltSystem
    init(
      _ abc: TiltSystem, _ abb: TiltSystem, _ aac: TiltSystem, _ aaa: TiltSystem, _ zeroBC: TiltSystem,
      _ zeroBB: TiltSystem, _ c: TiltSystem
    ) {
      (self.abc, self.abb, self.aac, self.aaa) = (abc, abb, aac, aaa)
      (self.zeroBC, self.zeroBB, self.c) = (zeroBC, zeroBB, c)
    }
  }

  /// p and r of a split, and the density of its noise along rays from no split.
  private struct SplitAngles {
    var p, r: RegionValue
    private let c, s: RegionValue

    init(c: RegionValue, s: RegionValue) {
      (self.c, self.s) = (c, s)
      (p, r) = Self.angles(c: c, s: s)
    }

    static func angles(c: RegionValue, s: RegionValue) -> (p: RegionValue, r: RegionValue) {
      let split = HeadlessSplit(c: c.value, s: s.value)
      let sigma = TiltReading(q: 0, split: split, qSigma: 0, cSigma: c.sigma, sSigma: s.sigma).prSigma
      let (p, r) = split.pr
      return (RegionValue(p, sigma: sigma.p), RegionValue(r, sigma: sigma.r))
    }

    /// Deviation of a sum of p and r with these factors: their errors are not independent (`TiltReading`).
    func sigma(p: Double, r: Double) -> Double {
      let rho = hypot(c.value, s.value)
      guard rho > 0 else { return hypot(p * self.p.sigma, r * self.r.sigma) }
      let (cosine, sine) = (self.p.value / rho, self.r.value / rho)
      let along = p * cosine + r * sine
      let across = 0.5 * (r * cosine - p * sine)
      let (byC, byS) = (along * c.value - across * s.value, along * s.value + across * c.value)
      return hypot(byC * c.sigma, byS * s.sigma) / rho
    }

    /// ln ∫₀^∞ dρ N(c, s; ρ cos 2t, ρ sin 2t).
    func logOnRay(cosine: Double, sine: Double) -> Double {
      // In units of the deviations the ray is one too, with another length of its unit.
      let (x, y) = (c.value / c.sigma, s.value / s.sigma)
      let (u, v) = (cosine / c.sigma, sine / s.sigma)
      let length = hypot(u, v)
      let across = (x * v - y * u) / length
      let along = (x * u + y * v) / length
      return logNormal(across, 1) + log(normalShare(along)) - log(c.sigma * s.sigma * length)
    }
  }

  private mutating func add(_ system: TiltSystem, _ value: Double) {
    let index = Int(system.rawValue)
    let (low, high) = (min(values[index], value), max(values[index], value))
    values[index] = high == -.infinity || high.isNaN ? low : high + log1p(exp(low - high))
  }

  /// To probabilities.
  private mutating func normalise() {
    for index in values.indices { values[index] += Self.priors[index] }
    let highest = values.max() ?? 0
    var sum = 0.0
    for index in values.indices {
      values[index] = highest.isFinite ? exp(values[index] - highest) : 1
      sum += values[index]
    }
    for index in values.indices { values[index] /= sum }
  }

  private func rank(_ region: inout TiltRegion) {
    (region.probability, region.runnerUpProbability) = (0, 0)
    (region.sensesProbability, region.runnerUpSensesProbability) = (0, 0)
    for senses in Self.senses {
      var sum = 0.0
      for system in Self.systems where system.senses == senses { sum += values[Int(system.rawValue)] }
      if sum > region.sensesProbability {
        (region.runnerUpSenses, region.runnerUpSensesProbability) = (region.senses, region.sensesProbability)
        (region.senses, region.sensesProbability) = (senses, sum)
      } else if sum > region.runnerUpSensesProbability {
        (region.runnerUpSenses, region.runnerUpSensesProbability) = (senses, sum)
      }
    }
    for system in Self.systems {
      let share = values[Int(system.rawValue)]
      if share > region.probability {
        (region.runnerUp, region.runnerUpProbability) = (region.system, region.probability)
        (region.system, region.probability) = (system, share)
      } else if share > region.runnerUpProbability {
        (region.runnerUp, region.runnerUpProbability) = (system, share)
      }
    }
    let pr = SplitAngles.angles(c: region.c, s: region.isInPhase ? region.sByRow : region.s)
    (region.p, region.r) = pr
    // α alternating along the beam beside a β that does not looks like p = ±q with a larger split along [001]: |p| ≥ |q|.
    let mayStick = region.p.value + 2 * region.p.sigma >= abs(region.q.value)
    region.mayBeInPhaseAB = region.senses == .inPhaseAB || (abs(region.q.value) > 2 * region.q.sigma && mayStick)
  }
}

/// ln of the normal density.
private func logNormal(_ x: Double, _ sigma: Double) -> Double {
  let z = x / sigma
  return -0.5 * z * z - log(sigma) - 0.918938533204672742
}

/// The normal distribution function; never 0.
private func normalShare(_ z: Double) -> Double { max(0.5 * erfc(-z * 0.5.squareRoot()), 1e-300) }
