// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// A perovskite with rotated octahedra, seen along pseudo-cubic [1-10].
///
/// x = [110]/√2, y = [001], z (the beam) = [1-10]/√2. B at integer (i, j, k), A at half-odd ones, O in the middle of the
/// bonds; an oxygen at half bond r from octahedron n moves by ω_n × r, linear in the angle.
public struct Perovskite: Sendable, Hashable {
  public var material: Material
  /// Rotation of the octahedron at the origin.
  public var tilt: TiltAngles
  public var pattern: TiltPattern

  public init(material: Material, tilt: TiltAngles, pattern: TiltPattern = .outOfPhase) {
    self.material = material
    self.tilt = tilt
    self.pattern = pattern
  }

  /// The superlattice cell: √2 a × 2 a × √2 a (20 atoms), or 2√2 a × 2 a × 2√2 a (80 atoms) with `+` about a or b.
  /// Without a shift the first atomic layer is at z = 0 and holds A, B and O.
  public func cell() -> CrystalCell {
    let needsDouble = pattern.a == .inPhase || pattern.b == .inPhase
    let multiple = needsDouble ? 2 : 1
    let a = material.pseudoCubicA
    let root2 = Double(2).squareRoot()
    let lengths = SIMD3(root2 * a * Double(multiple), 2 * a, root2 * a * Double(multiple))
    // Fractions along x, y, z of a pseudo-cubic vector in units of a.
    func fraction(_ v: SIMD3<Double>) -> SIMD3<Double> {
      SIMD3((v.x + v.y) / root2, v.z, (v.x - v.y) / root2) * a / lengths
    }
    var atoms: [Atom] = []
    guard let oxygen = ChemicalElement(atomicNumber: 8) else { return CrystalCell(lengthsA: lengths, atoms: []) }
    for k in 0..<2 {
      for (i, j) in Self.columns(multiple: multiple) {
        let centre = SIMD3(Double(i), Double(j), Double(k))
        let w = pattern.rotation(of: tilt, i: i, j: j, k: k)
        let omega = SIMD3(w.alpha, w.beta, w.gamma) * (Double.pi / 180)
        atoms.append(Atom(element: material.b, position: fraction(centre)))
        atoms.append(Atom(element: material.a, position: fraction(centre + 0.5)))
        for axis in 0..<3 {
          var bond = SIMD3<Double>.zero
          bond[axis] = 0.5
          atoms.append(Atom(element: oxygen, position: fraction(centre + bond + cross(omega, bond))))
        }
      }
    }
    return CrystalCell(lengthsA: lengths, atoms: atoms)
  }

  /// The (i, j) of the octahedra in one layer k: i + j and i − j each run through 2 · multiple values of equal parity.
  private static func columns(multiple: Int) -> [(Int, Int)] {
    var found: [(Int, Int)] = []
    for sum in 0..<2 * multiple {
      for difference in 0..<2 * multiple where (sum + difference).isMultiple(of: 2) {
        found.append(((sum + difference) / 2, (sum - difference) / 2))
      }
    }
    return found
  }
}

private func cross(_ l: SIMD3<Double>, _ r: SIMD3<Double>) -> SIMD3<Double> {
  SIMD3(l.y * r.z - l.z * r.y, l.z * r.x - l.x * r.z, l.x * r.y - l.y * r.x)
}
