// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

extension Lattice {
  /// Side in pixels of the pseudo-cubic cell whose projection has the same area: |a × b| = a_pc² / √2.
  public var pseudoCubicPx: Double { (abs(a.cross(b)) * Double(2).squareRoot()).squareRoot() }

  /// The same lattice with the column nearest to `point` as its origin.
  public func moved(nearest point: Vector2) -> Lattice {
    let c = coordinates(of: point)
    return Lattice(origin: position(c.x.rounded(), c.y.rounded()), a: a, b: b)
  }
}
