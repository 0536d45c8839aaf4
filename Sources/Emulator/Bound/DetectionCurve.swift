// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// How well an image with a split of size ρ = √(p² + r²) can be told from one without, and from that the least ρ that can be
/// detected.
///
/// d′(ρ) is the distance of the two images in units of the noise (Poisson, of the image without), after everything has been
/// taken out of their difference that q and the nuisance parameters can imitate; the mean over the directions t of (p, r).
/// The best test there is, with t known, has a Gaussian statistic of unit spread whose mean is 0 without the split and d′
/// with it. Because p and r enter in second order, d′ ∝ ρ² and the limit goes as (dose · area)^(−1/4).
///
/// The detection limit is the ρ at which d′ = `criterion` = 2: a statistic of 2 is exceeded in 2.3 % of all cells without any
/// split (13.5 % if t has to be found as well: χ² of two degrees of freedom above 4), and in half of those that have ρ at the limit.
public struct DetectionCurve: Sendable {
  public static let criterion = 2.0

  /// Degrees, ascending; the last is the largest ρ that the source covers in all directions.
  public let rhoDegrees: [Double]
  /// d′ / √electrons at each.
  public let distinguishability: [Double]

  /// The detection limit in degrees, or infinity where even the largest ρ of the curve stays below the criterion. Between the
  /// nodes d′ is a power of ρ, below the first it is ∝ ρ².
  public func limit(dosePerA2: Double, areaA2: Double) -> Double {
    let wanted = Self.criterion / (dosePerA2 * areaA2).squareRoot()
    guard let upper = distinguishability.firstIndex(where: { $0 >= wanted }) else { return .infinity }
    let (rho, d) = (rhoDegrees[upper], distinguishability[upper])
    guard upper > 0, distinguishability[upper - 1] > 0 else { return rho * (wanted / d).squareRoot() }
    let (lowerRho, lowerD) = (rhoDegrees[upper - 1], distinguishability[upper - 1])
    return lowerRho * exp(log(rho / lowerRho) * log(wanted / lowerD) / log(d / lowerD))
  }
}

extension BoundCalculator {
  /// Directions t over half a turn: (p, r) and (−p, −r) are the same.
  private static var directions: Int { 8 }

  /// The curve at a state whose p and r are ignored (its q counts). About 130 renderings.
  public func detectionCurve(_ state: ImagingState) throws(EmulatorError) -> DetectionCurve {
    var flat = state
    flat.tilt = TiltAngles(p: 0, q: state.tilt.q, r: 0)
    try check(flat)
    let gradient = renderer.gradient(flat, nuisance: nuisance, steps: steps)
    let projection = NoiseProjection(image: gradient.image, rows: [gradient.tilt[1]] + gradient.nuisance)
    let largest = largestRho(q: flat.tilt.q)
    let shares = [0.1, 0.2, 0.3, 0.4, 0.55, 0.75, 1]
    let distances = shares.map { share in
      let rho = share * largest
      return (0..<Self.directions).reduce(0.0) { sum, n in
        let t = Double.pi * Double(n) / Double(Self.directions)
        var split = flat
        split.tilt = TiltAngles(p: rho * cos(t), q: flat.tilt.q, r: rho * sin(t))
        let image = renderer.image(split)
        return sum + projection.distance(zip(image, gradient.image).map { $0 - $1 }) / Double(Self.directions)
      }
    }
    return DetectionCurve(rhoDegrees: shares.map { $0 * largest }, distinguishability: distances)
  }

  /// α = (p + q)/√2, β = (p − q)/√2 and γ = r stay within the source's range for all directions of (p, r).
  private func largestRho(q: Double) -> Double {
    let range = renderer.source.tiltRangeDegrees
    let limit = min(-range.lowerBound, range.upperBound)
    return max(0.1, min(limit, Double(2).squareRoot() * limit - abs(q)))
  }
}

/// Takes out of a difference of images what some parameters can imitate, in the metric of the Poisson noise.
private struct NoiseProjection {
  /// 1/√I per pixel.
  private let weights: [Double]
  /// Orthonormal rows of weighted images.
  private var basis: [[Double]] = []

  init(image: [Double], rows: [[Double]]) {
    weights = image.map { 1 / max($0, 1e-6).squareRoot() }
    for row in rows {
      let weighted = zip(row, weights).map { $0 * $1 }
      // Twice is enough (Gram-Schmidt); what nearly vanishes adds no direction.
      let rest = residual(residual(weighted))
      let (norm, before) = (Self.norm(rest), Self.norm(weighted))
      if norm > 1e-6 * before { basis.append(rest.map { $0 / norm }) }
    }
  }

  /// Root of the mean over the pixels of the squared residual: d′ / √electrons.
  func distance(_ difference: [Double]) -> Double {
    let rest = residual(zip(difference, weights).map { $0 * $1 })
    return Self.norm(rest) / Double(rest.count).squareRoot()
  }

  private func residual(_ row: [Double]) -> [Double] {
    var rest = row
    for direction in basis {
      let share = zip(direction, rest).reduce(0) { $0 + $1.0 * $1.1 }
      for n in rest.indices { rest[n] -= share * direction[n] }
    }
    return rest
  }

  private static func norm(_ row: [Double]) -> Double { row.reduce(0) { $0 + $1 * $1 }.squareRoot() }
}
