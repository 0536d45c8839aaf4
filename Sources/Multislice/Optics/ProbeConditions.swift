// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// One state of the probe and of the specimen's orientation; any number of them comes out of one simulation.
///
/// Aberrations are Krivanek's coefficients: χ(α, φ) = 2π/λ Σ C(n,m) α^(n+1)/(n+1) cos(m (φ − φ(n,m))), and the probe
/// is ∫ e^(−iχ) over the aperture. Haider's names in the comments.
public struct ProbeConditions: Sendable, Hashable, Codable {
  /// An aberration without round symmetry: its coefficient, and the azimuth at which it is largest, degrees from image
  /// x towards y.
  public struct Astigmatic: Sendable, Hashable, Codable {
    public var sizeA: Double
    public var azimuthDeg: Double

    public init(sizeA: Double = 0, azimuthDeg: Double = 0) {
      self.sizeA = sizeA
      self.azimuthDeg = azimuthDeg
    }
  }

  /// −C(1,0), Å; positive is underfocus: the beam's crossover lies below the entrance surface.
  public var defocusA: Double
  /// Cs = C(3,0), mm.
  public var sphericalMm = 0.0
  /// Two-fold astigmatism C(1,2) = A1.
  public var astigmatism = Astigmatic()
  /// Three-fold astigmatism C(2,3) = A2.
  public var threefold = Astigmatic()
  /// Coma C(2,1) = 3 B2.
  public var coma = Astigmatic()
  /// Tilt of the optical axis against the crystal's z along image x and y, mrad: the beam drifts towards +x, +y on its
  /// way down. The detectors move with it. The potential is projected along the crystal's z all the same, which is what
  /// a small tilt of the beam does in multislice.
  public var mistiltMrad = SIMD2<Double>.zero
  /// Root mean square of the defocus that the beam's energy spread and the chromatic aberration make, Å: Gaussian, and
  /// summed incoherently.
  public var focalSpreadA = 0.0

  public init(defocusA: Double = 0) { self.defocusA = defocusA }
}

/// Phases of a probe over its aperture.
struct AberrationFunction {
  private let probe: ProbeConditions
  private let wavelengthA: Double

  init(_ probe: ProbeConditions, wavelengthA: Double) {
    self.probe = probe
    self.wavelengthA = wavelengthA
  }

  /// χ at `k`, 1/Å from the optical axis; radians.
  func phase(_ k: SIMD2<Double>) -> Double {
    let angle = k * wavelengthA
    let a2 = (angle * angle).sum()
    var path = a2 / 2 * -probe.defocusA + a2 * a2 / 4 * probe.sphericalMm * 1e7
    path += Self.multipole(probe.astigmatism, angle, fold: 2, order: 1)
    path += Self.multipole(probe.threefold, angle, fold: 3, order: 2)
    path += Self.multipole(probe.coma, angle, fold: 1, order: 2)
    return 2 * Double.pi / wavelengthA * path
  }

  /// C α^(n+1)/(n+1) cos(m (φ − φ₀)).
  private static func multipole(
    _ aberration: ProbeConditions.Astigmatic, _ angle: SIMD2<Double>, fold: Double, order: Int
  ) -> Double {
    guard aberration.sizeA != 0 else { return 0 }
    let size = (angle * angle).sum().squareRoot()
    let azimuth = atan2(angle.y, angle.x) - aberration.azimuthDeg * Double.pi / 180
    return aberration.sizeA * pow(size, Double(order + 1)) / Double(order + 1) * cos(fold * azimuth)
  }

  /// What the focal spread leaves of the interference between two beams at squared frequencies `k2` and `other` (1/Å²):
  /// the mean of e^(iπλ(k² − k'²)δ) over a Gaussian δ, in closed form.
  func coherence(_ k2: Double, _ other: Double) -> Double {
    let phase = Double.pi * wavelengthA * probe.focalSpreadA * (k2 - other)
    return exp(-phase * phase / 2)
  }
}
