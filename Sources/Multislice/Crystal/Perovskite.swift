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

  /// Lengths of an orthogonal cell: `across` in units of √2 a, along [110] and along [1-10]; `up` in units of a.
  public struct Periods: Sendable, Hashable {
    public var across: Int
    public var up: Int

    /// Five atoms for each of the 2 · across² · up octahedra.
    public var atomCount: Int { 10 * across * across * up }
  }

  /// The smallest orthogonal cell along [110], [001], [1-10] that repeats this very crystal: 10, 20 or 80 atoms.
  ///
  /// A lattice vector repeats the crystal when it leaves the sign of every rotation that there is: (n, ±n, 0) changes that
  /// of `+` about a or b when n is odd, and no other; (0, 0, n) changes all but that of `+` about c when n is odd.
  /// An angle of zero is no rotation.
  public var smallestPeriods: Periods { Self.periods(of: pattern.active(tilt)) }

  /// The cell that has the same size at every angle of the pattern, for images that are to be compared or interpolated:
  /// 20 atoms, 80 with `+` about a or b.
  public var commonPeriods: Periods {
    let periods = Self.periods(of: pattern)
    return Periods(across: periods.across, up: 2)
  }

  private static func periods(of pattern: TiltPattern) -> Periods {
    let isInPhaseAcross = pattern.a == .inPhase || pattern.b == .inPhase
    let isOutOfPhase = pattern.senses.contains(.outOfPhase)
    return Periods(across: isInPhaseAcross ? 2 : 1, up: isInPhaseAcross || isOutOfPhase ? 2 : 1)
  }

  /// The crystal in a cell of `periods`, by default `commonPeriods`; they must be multiples of `smallestPeriods`.
  /// Without a shift the first atomic layer is at z = 0 and holds A, B and O.
  public func cell(_ periods: Periods? = nil) -> CrystalCell {
    let periods = periods ?? commonPeriods
    let smallest = smallestPeriods
    precondition(
      periods.across.isMultiple(of: smallest.across) && periods.up.isMultiple(of: smallest.up),
      "the cell does not repeat the crystal")
    let a = material.pseudoCubicA
    let root2 = Double(2).squareRoot()
    let lengths = SIMD3(root2 * Double(periods.across), Double(periods.up), root2 * Double(periods.across)) * a
    // Fractions along x, y, z of a pseudo-cubic vector in units of a.
    func fraction(_ v: SIMD3<Double>) -> SIMD3<Double> {
      SIMD3((v.x + v.y) / root2, v.z, (v.x - v.y) / root2) * a / lengths
    }
    var atoms: [Atom] = []
    for k in 0..<periods.up {
      for (i, j) in Self.columns(multiple: periods.across) {
        let centre = SIMD3(Double(i), Double(j), Double(k))
        let w = pattern.rotation(of: tilt, i: i, j: j, k: k)
        let omega = SIMD3(w.alpha, w.beta, w.gamma) * (Double.pi / 180)
        atoms.append(Atom(element: material.b, position: fraction(centre)))
        atoms.append(Atom(element: material.a, position: fraction(centre + 0.5)))
        for axis in 0..<3 {
          var bond = SIMD3<Double>.zero
          bond[axis] = 0.5
          atoms.append(Atom(element: .oxygen, position: fraction(centre + bond + cross(omega, bond))))
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
