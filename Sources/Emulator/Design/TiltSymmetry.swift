// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Multislice

/// The mirrors of the projected lattice: exact for every image of pattern `---` seen along [1-10], whatever the optics.
///
/// Mirroring u (image x) turns (α, β, γ) into (β, α, −γ), mirroring v (image y) into (−α, −β, γ). In the components
/// about u, w and v these flip the signs of (q, r) and of (p, q).
enum TiltSymmetry: CaseIterable {
  case identity, mirrorX, mirrorY, mirrorBoth

  var flipsX: Bool { self == .mirrorX || self == .mirrorBoth }
  var flipsY: Bool { self == .mirrorY || self == .mirrorBoth }

  func apply(_ tilt: TiltAngles) -> TiltAngles {
    var result = tilt
    if flipsX { result = TiltAngles(alpha: result.beta, beta: result.alpha, gamma: -result.gamma) }
    if flipsY { result = TiltAngles(alpha: -result.alpha, beta: -result.beta, gamma: result.gamma) }
    return result
  }

  func apply(_ spectrum: ImageSpectrum) -> ImageSpectrum {
    var result = spectrum
    for h in -spectrum.maximum.x...spectrum.maximum.x {
      for k in -spectrum.maximum.y...spectrum.maximum.y {
        result[h, k] = spectrum[flipsX ? -h : h, flipsY ? -k : k]
      }
    }
    return result
  }

  /// The symmetry that brings a tilt into the quarter p ≥ 0, q ≥ 0, where all simulations are made.
  static func folding(_ tilt: TiltAngles) -> TiltSymmetry {
    allCases.first { $0.apply(tilt).p >= 0 && $0.apply(tilt).q >= 0 } ?? .identity
  }
}
