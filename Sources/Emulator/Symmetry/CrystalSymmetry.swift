// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// An exact symmetry of the images of a tilted perovskite seen along [1-10], whatever the round optics, the thickness and
/// the starting layer: mirrors of the projected lattice, a step by one pseudo-cubic cell along [001], and one by √2 a across.
///
/// Mirroring u (image x) turns (α, β, γ) into (β, α, −γ), mirroring v (image y) into (−α, −β, γ); the mistilt goes along.
/// The step up changes the sign of every rotation but that of `+` about c, the step across, by (1, 1, 0), that of `+` about a and b
/// and no other. In p, q and r all of them only change signs.
struct CrystalSymmetry: Sendable, Hashable {
  let mirrorsX: Bool
  let mirrorsY: Bool
  let stepsUp: Bool
  /// Whether γ alternates along [001].
  let gammaAlternates: Bool
  var stepsAcross = false

  /// Whether a step across changes the signs of p and q: of a crystal that turns in phase about both a and b. In phase about one of them
  /// it exchanges p and q and is left out; otherwise it changes nothing.
  static func stepsAcross(_ pattern: TiltPattern) -> Bool { pattern.a == .inPhase && pattern.b == .inPhase }

  /// All that hold for a pattern. Mirroring x exchanges a and b and wants the same sense about both.
  static func all(_ pattern: TiltPattern) -> [CrystalSymmetry] {
    let mirrors = pattern.a == pattern.b ? [false, true] : [false]
    return mirrors.flatMap { x in
      [false, true].flatMap { y in
        [false, true].flatMap { up in
          (stepsAcross(pattern) ? [false, true] : [false]).map { across in
            CrystalSymmetry(
              mirrorsX: x, mirrorsY: y, stepsUp: up, gammaAlternates: pattern.c != .inPhase, stepsAcross: across)
          }
        }
      }
    }
  }

  /// The state of the image that this symmetry makes.
  func apply(_ s: EmulatorInput) -> EmulatorInput {
    let steps = stepsUp != stepsAcross
    let p = mirrorsY != steps ? -1.0 : 1
    let q = (mirrorsX != mirrorsY) != steps ? -1.0 : 1
    let r = mirrorsX != (stepsUp && gammaAlternates) ? -1.0 : 1
    return EmulatorInput(
      s.vector
        * SIMD8(p, q, r, mirrorsX ? -1 : 1, mirrorsY ? -1 : 1, 1, 1, 1))
  }
}

/// What the coefficients of an emulator depend on: p, q, r in degrees, mistilt along x and y in mrad, the starting layer.
struct EmulatorInput: Sendable, Hashable {
  static let count = 6
  /// The last two lanes are zero.
  let vector: SIMD8<Double>

  init(_ vector: SIMD8<Double>) { self.vector = vector }

  init(tilt: TiltAngles, mistiltMrad: SIMD2<Double>, startingLayer: Int) {
    vector = SIMD8(tilt.p, tilt.q, tilt.r, mistiltMrad.x, mistiltMrad.y, Double(startingLayer), 0, 0)
  }
}
