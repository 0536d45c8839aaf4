// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// Why an image was refused. Lengths in pixels.
public enum RegistrationError: DiagnosableError, Equatable {
  /// The image, or what is valid of it, is smaller than `minimum` on a side.
  case tooSmall(width: Int, height: Int, minimum: Int)
  /// All valid pixels have (nearly) one value.
  case constant(value: Float)
  /// More pixels are missing (NaN or infinite) than a lattice search can bridge.
  case missingPixels(fraction: Double, allowed: Double)
  /// Too many pixels hold the same largest or smallest value.
  case saturated(fraction: Double, value: Float, allowed: Double)
  /// The spectrum has no peaks that stand out: noise, vacuum, amorphous material.
  case noPeaks(found: Int)
  /// There are peaks, but no pair of them spans a [110] perovskite projection of a possible size.
  case noPerovskiteLattice(peaks: Int, closest: ClosestLattice?)
  /// The lattice has the right shape and another size than the material: wrong pixel size or wrong material.
  case unexpectedCell(measuredNm: Double, expectedNm: Double, tolerance: Double)
  /// The lattice is there, the columns are bright on dark: dark field or inverted contrast.
  case brightColumns(skewness: Double)
  /// The lattice is there, but its mean cell looks like that of no perovskite in bright or dark field.
  case unclearContrast(distance: Double)
  /// B columns cannot be told from the other columns.
  case ambiguousSites(confidence: Double, required: Double)
  /// Most of the image does not follow the lattice that was found: several grains, or a small crystal.
  case incoherent(poorFraction: Double, allowed: Double)
  /// Tracking only: the lattice is no longer where and what it was.
  case lost(reason: String)

  /// The best pair of peaks that was turned down, to help whoever chose the wrong pixel size or material.
  public struct ClosestLattice: Sendable, Equatable {
    /// √2 |a| / |b|, 1 expected.
    public var anisotropy: Double
    public var shearDegrees: Double
    /// Size of the pseudo-cubic cell it would have, pixels.
    public var pseudoCubicPx: Double
  }

  public var category: ErrorCategory { .badData }

  public var description: String {
    func percent(_ fraction: Double) -> String { String(format: "%.0f %%", 100 * fraction) }
    switch self {
    case .tooSmall(let width, let height, let minimum):
      guard width > 0 else { return "no pixel of the image has a value" }
      return "image too small: \(width) x \(height) valid pixels, at least \(minimum) x \(minimum) expected"
    case .constant(let value):
      return "image is constant (\(value)): no columns to register"
    case .missingPixels(let fraction, let allowed):
      return "too many missing pixels: \(percent(fraction)), at most \(percent(allowed)) expected"
    case .saturated(let fraction, let value, let allowed):
      return "image is saturated: \(percent(fraction)) of the pixels are \(value), at most \(percent(allowed)) expected"
    case .noPeaks(let found):
      return "no lattice: \(found) peaks stand out of the spectrum, at least 4 expected (noise or vacuum?)"
    case .noPerovskiteLattice(let peaks, let closest):
      var text = "no perovskite [110] lattice among \(peaks) spectrum peaks (perpendicular, ratio sqrt 2 expected"
      if let closest {
        text += String(
          format: "; closest: sqrt2 a/b = %.3f, shear %.1f deg, cell %.1f px)", closest.anisotropy,
          closest.shearDegrees, closest.pseudoCubicPx)
      } else {
        text += ")"
      }
      return text
    case .unexpectedCell(let measuredNm, let expectedNm, let tolerance):
      return String(
        format: "the cell measures %.4f nm with this pixel size, %.4f nm within %.0f %% expected", measuredNm,
        expectedNm,
        100 * tolerance) + " (wrong pixel size or material?)"
    case .brightColumns(let skewness):
      return String(
        format:
          "not ABF contrast: columns are bright on dark, dark columns expected (dark field or inverted; skewness of the "
          + "mean cell %+.2f)", skewness)
    case .unclearContrast(let distance):
      return String(
        format:
          "no ABF contrast: the mean cell is unlike that of any perovskite (distance %.2f from the nearest, below 0.6 "
          + "expected)", distance)
    case .ambiguousSites(let confidence, let required):
      return String(
        format: "B columns cannot be told from the others: confidence %.2f, at least %.2f expected", confidence,
        required)
    case .incoherent(let poorFraction, let allowed):
      return "\(percent(poorFraction)) of the image does not follow one lattice, at most \(percent(allowed)) expected"
        + " (several grains?)"
    case .lost(let reason):
      return "lattice lost: \(reason)"
    }
  }
}
