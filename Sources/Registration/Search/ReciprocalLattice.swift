// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// The reciprocal of a projected lattice: a*·a = b*·b = 1, a*·b = b*·a = 0; cycles per pixel.
struct ReciprocalLattice: Equatable {
  var a: Vector2
  var b: Vector2

  init(a: Vector2, b: Vector2) {
    self.a = a
    self.b = b
  }

  /// Of the axes of `lattice`; its origin plays no part.
  init(of lattice: Lattice) {
    let area = lattice.a.cross(lattice.b)
    a = Vector2(lattice.b.y / area, -lattice.b.x / area)
    b = Vector2(-lattice.a.y / area, lattice.a.x / area)
  }

  /// The same lattice where a pixel is `factor` as large.
  func scaled(by factor: Double) -> ReciprocalLattice { ReciprocalLattice(a: factor * a, b: factor * b) }

  func vector(_ h: Double, _ k: Double) -> Vector2 { h * a + k * b }

  /// Fractional indices (h, k) of a frequency.
  func indices(of g: Vector2) -> Vector2 {
    let area = a.cross(b)
    return Vector2(g.cross(b) / area, a.cross(g) / area)
  }

  /// The direct lattice with its origin at `origin`, b turned so that it is right-handed.
  func direct(origin: Vector2) -> Lattice {
    let area = a.cross(b)
    let direct = Lattice(
      origin: origin, a: Vector2(b.y / area, -b.x / area), b: Vector2(-a.y / area, a.x / area))
    return direct.a.cross(direct.b) > 0 ? direct : Lattice(origin: origin, a: direct.a, b: -direct.b)
  }

  /// √2 |a| / |b| of the direct lattice.
  var anisotropy: Double { Double(2).squareRoot() * b.length / a.length }
  /// Departure of the axes from perpendicular, degrees, without sign.
  var shearDegrees: Double { abs(abs(b.angle(from: a)) - .pi / 2) * 180 / .pi }
  /// Side of the pseudo-cubic cell of the same area, pixels: area = a_pc² / √2.
  var pseudoCubicPx: Double { (Double(2).squareRoot() / abs(a.cross(b))).squareRoot() }

  /// The lattice turned by 90° with a cell √2 smaller that also fits the shape of a [110] projection: its reflections are
  /// those of even k of this one. A search that is taken in by noise finds this lattice where the smaller one is true.
  var turnedSmaller: ReciprocalLattice { ReciprocalLattice(a: 2 * b, b: a) }
  /// The same with a cell √2 larger, which explains whatever this one does.
  var turnedLarger: ReciprocalLattice { ReciprocalLattice(a: b, b: 0.5 * a) }
}
