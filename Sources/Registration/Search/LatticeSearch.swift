// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Finds the [110] projection of a perovskite among the peaks of a spectrum.
///
/// Every pair of strong peaks is tried as several pairs of reflections. A lattice that is perpendicular with axes in the
/// ratio √2 within the tolerances is scored by the power of the peaks that it explains. Two traps are shut by demanding
/// reflections: the projection of a perovskite also fits a lattice turned by 90° with a cell √2 smaller or larger. The
/// smaller leaves the odd rows (1,1) and (0,1) unexplained; the larger explains everything but has no (1,1) or (0,1) of
/// its own. Tilted octahedra add peaks at half orders, which stay unexplained.
struct LatticeSearch {
  var settings: RegistrationSettings
  /// nil when unknown.
  var pixelSizeNm: Double?
  /// Half width of a peak, cycles per pixel.
  var peakWidth: Double

  /// Indices that the two peaks of a pair are taken for; both signs of the second peak are tried.
  private static let assignments: [((Double, Double), (Double, Double))] = [
    ((1, 0), (0, 2)), ((1, 0), (1, 1)), ((1, 1), (1, -1)), ((1, 1), (0, 2)), ((2, 0), (0, 2)), ((1, 0), (1, 2)),
  ]
  /// Peaks tried in pairs; more only take part in the score.
  private static let seeds = 20
  /// Share of the power in peaks that the lattice must explain.
  private static let requiredShare = 0.4
  /// A lattice of another size than the pixel size says wins only by as much; the smaller trap is worse by the share of
  /// the odd rows, about 0.1 or more.
  private static let clearlyBetter = 0.05

  func best(among peaks: [SpectrumPeak]) throws(RegistrationError) -> ReciprocalLattice {
    guard peaks.count >= 4 else { throw .noPeaks(found: peaks.count) }
    var best: (lattice: ReciprocalLattice, score: Double)?
    var bestOfAnySize: (lattice: ReciprocalLattice, score: Double)?
    var closest: (lattice: ReciprocalLattice, misfit: Double)?
    let seeds = peaks.prefix(Self.seeds)
    for first in seeds {
      for second in seeds where first.frequency != second.frequency {
        for (hk1, hk2) in Self.assignments {
          for g2 in [second.frequency, -second.frequency] {
            let candidate = Self.solve(first.frequency, hk1, g2, hk2)
            let misfit = self.misfit(candidate)
            if misfit > 1 {
              if hk1 == (1, 0), hk2 == (0, 2), misfit < closest?.misfit ?? .infinity { closest = (candidate, misfit) }
              continue
            }
            guard let score = score(candidate, peaks) else { continue }
            if score > bestOfAnySize?.score ?? 0 { bestOfAnySize = (candidate, score) }
            if hasExpectedSize(candidate), score > best?.score ?? 0 { best = (candidate, score) }
          }
        }
      }
    }
    if let bestOfAnySize, let pixelSizeNm, bestOfAnySize.score > (best?.score ?? 0) + Self.clearlyBetter {
      throw .unexpectedCell(
        measuredNm: bestOfAnySize.lattice.pseudoCubicPx * pixelSizeNm, expectedNm: settings.pseudoCubicNm,
        tolerance: settings.cellTolerance)
    }
    guard let best else {
      let nearest = closest.map {
        RegistrationError.ClosestLattice(
          anisotropy: $0.lattice.anisotropy, shearDegrees: $0.lattice.shearDegrees,
          pseudoCubicPx: $0.lattice.pseudoCubicPx)
      }
      throw .noPerovskiteLattice(peaks: peaks.count, closest: nearest)
    }
    return refined(best.lattice, peaks)
  }

  /// a*, b* from two peaks and their indices.
  private static func solve(
    _ g1: Vector2, _ hk1: (Double, Double), _ g2: Vector2, _ hk2: (Double, Double)
  ) -> ReciprocalLattice {
    let determinant = hk1.0 * hk2.1 - hk1.1 * hk2.0
    return ReciprocalLattice(
      a: (1 / determinant) * (hk2.1 * g1 - hk1.1 * g2), b: (1 / determinant) * (hk1.0 * g2 - hk2.0 * g1))
  }

  /// Largest departure from the expected shape in units of its tolerance; above 1 is turned down.
  private func misfit(_ lattice: ReciprocalLattice) -> Double {
    let size = lattice.pseudoCubicPx
    guard size.isFinite, settings.pseudoCubicPxRange.contains(size) else { return .infinity }
    return max(
      abs(lattice.anisotropy - 1) / settings.anisotropyTolerance,
      lattice.shearDegrees / settings.shearToleranceDegrees)
  }

  /// Of a shape and size that is looked for.
  func isPossible(_ lattice: ReciprocalLattice) -> Bool { misfit(lattice) <= 1 && hasExpectedSize(lattice) }

  private func hasExpectedSize(_ lattice: ReciprocalLattice) -> Bool {
    guard let pixelSizeNm else { return true }
    return abs(lattice.pseudoCubicPx * pixelSizeNm / settings.pseudoCubicNm - 1) <= settings.cellTolerance
  }

  /// Share of the peaks' power that falls on the lattice, less a little for its shape; nil if a reflection that every
  /// [110] perovskite shows is missing.
  private func score(_ lattice: ReciprocalLattice, _ peaks: [SpectrumPeak]) -> Double? {
    var (explained, total) = (0.0, 0.0)
    var (has10, has02, hasOdd) = (false, false, false)
    for peak in peaks {
      total += peak.power
      guard let (h, k) = match(peak, lattice) else { continue }
      explained += peak.power
      switch (abs(h), abs(k)) {
      case (1, 0): has10 = true
      case (0, 2): has02 = true
      case (1, 1), (0, 1): hasOdd = true
      default: break
      }
    }
    guard has10, has02, hasOdd, explained >= Self.requiredShare * total else { return nil }
    let misfit = self.misfit(lattice)
    return explained / total - 0.05 * misfit * misfit
  }

  /// Indices of the reflection that `peak` lies on; nil if on none.
  private func match(_ peak: SpectrumPeak, _ lattice: ReciprocalLattice) -> (h: Int, k: Int)? {
    let hk = lattice.indices(of: peak.frequency)
    let (h, k) = (hk.x.rounded(), hk.y.rounded())
    guard abs(h) <= 4, abs(k) <= 6, h != 0 || k != 0 else { return nil }
    // Peaks of a distorted scan are off by a fraction of their frequency as well.
    let tolerance = 0.7 * peakWidth + 0.01 * peak.frequency.length
    // A tolerance that reaches half way to the next reflection would explain anything.
    let allowed = min(tolerance, 0.2 * lattice.b.length)
    guard (peak.frequency - lattice.vector(h, k)).length <= allowed else { return nil }
    return (Int(h), Int(k))
  }

  /// Least squares over all peaks on the lattice, weighted by power.
  private func refined(_ lattice: ReciprocalLattice, _ peaks: [SpectrumPeak]) -> ReciprocalLattice {
    var (hh, hk, kk) = (0.0, 0.0, 0.0)
    var (gh, gk) = (Vector2.zero, Vector2.zero)
    for peak in peaks {
      guard let index = match(peak, lattice) else { continue }
      let (h, k) = (Double(index.h), Double(index.k))
      hh += peak.power * h * h
      hk += peak.power * h * k
      kk += peak.power * k * k
      gh = gh + peak.power * h * peak.frequency
      gk = gk + peak.power * k * peak.frequency
    }
    let determinant = hh * kk - hk * hk
    guard determinant > 1e-6 * hh * kk else { return lattice }
    return ReciprocalLattice(
      a: (1 / determinant) * (kk * gh - hk * gk), b: (1 / determinant) * (hh * gk - hk * gh))
  }
}
