// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// A crystal in a cell of any shape.
public struct UnitCell: Sendable, Hashable {
  /// Edges a, b and c in Cartesian coordinates, Å: a along x, b in the x-y plane.
  public let basis: Basis
  public let atoms: [Atom]
  /// Mean-square displacement along one direction for each element, Å², where the file gives U_iso or B_iso; the mean over
  /// the atoms of the element.
  public let meanSquareDisplacements: [ChemicalElement: Double]

  public init(basis: Basis, atoms: [Atom], meanSquareDisplacements: [ChemicalElement: Double] = [:]) {
    (self.basis, self.atoms, self.meanSquareDisplacements) = (basis, atoms, meanSquareDisplacements)
  }

  /// The Cartesian position of an atom of the cell, Å.
  func position(_ atom: Int) -> SIMD3<Double> { basis.cartesian(atoms[atom].position) }

  /// The cell as it stands, when its edges are at right angles to `toleranceDeg`; nil otherwise.
  public func orthogonal(toleranceDeg: Double = 0.01) -> CrystalCell? {
    guard basis.anglesDeg.allSatisfy({ abs($0 - 90) < toleranceDeg }) else { return nil }
    return CrystalCell(lengthsA: basis.lengths, atoms: atoms)
  }

  /// Whether the crystal moved by `shift` (Å) lies on itself, every atom within `toleranceA` of one of its kind.
  func repeats(after shift: SIMD3<Double>, toleranceA: Double) -> Bool {
    let fraction = basis.fractional(shift)
    return atoms.allSatisfy { atom in
      atoms.contains {
        $0.element == atom.element
          && basis.shortest($0.position - atom.position - fraction) <= toleranceA
      }
    }
  }
}

/// Three vectors that span space, as the columns of a matrix.
public struct Basis: Sendable, Hashable {
  public let a, b, c: SIMD3<Double>

  public init(_ a: SIMD3<Double>, _ b: SIMD3<Double>, _ c: SIMD3<Double>) { (self.a, self.b, self.c) = (a, b, c) }

  /// From edges in Å and angles in degrees; nil when no cell has them.
  public init?(lengths: SIMD3<Double>, anglesDeg: SIMD3<Double>) {
    let radians = anglesDeg * (Double.pi / 180)
    let cosines = SIMD3(cos(radians.x), cos(radians.y), cos(radians.z))
    let sine = sin(radians.z)
    guard sine > 0.01 else { return nil }
    let cx = cosines.y
    let cy = (cosines.x - cosines.y * cosines.z) / sine
    let cz2 = 1 - cx * cx - cy * cy
    guard cz2 > 1e-4 else { return nil }
    // Cosines of right angles come out as 6e-17: such a cell is meant to be exactly orthogonal.
    func clean(_ value: Double) -> Double { abs(value) < 1e-12 ? 0 : value }
    self.init(
      SIMD3(lengths.x, 0, 0), SIMD3(clean(cosines.z), sine, 0) * lengths.y,
      SIMD3(clean(cx), clean(cy), cz2.squareRoot()) * lengths.z)
  }

  public var volume: Double { dot(a, cross(b, c)) }
  public var lengths: SIMD3<Double> { SIMD3(length(a), length(b), length(c)) }
  /// Angles between b and c, c and a, a and b, degrees.
  public var anglesDeg: [Double] {
    [(b, c), (c, a), (a, b)].map { acos(max(-1, min(1, dot($0, $1) / (length($0) * length($1))))) * 180 / .pi }
  }
  /// Distances between the lattice planes across a, b and c.
  var heights: SIMD3<Double> {
    SIMD3(volume / length(cross(b, c)), volume / length(cross(c, a)), volume / length(cross(a, b)))
  }

  func cartesian(_ f: SIMD3<Double>) -> SIMD3<Double> { a * f.x + b * f.y + c * f.z }

  func fractional(_ r: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(dot(r, cross(b, c)), dot(r, cross(c, a)), dot(r, cross(a, b))) / volume
  }

  /// Length of the shortest vector that differs from `fraction` by whole edges, Å; exact for vectors short against the cell.
  func shortest(_ fraction: SIMD3<Double>) -> Double {
    length(cartesian(fraction - fraction.rounded(.toNearestOrEven)))
  }
}

func dot(_ l: SIMD3<Double>, _ r: SIMD3<Double>) -> Double { (l * r).sum() }

func cross(_ l: SIMD3<Double>, _ r: SIMD3<Double>) -> SIMD3<Double> {
  SIMD3(l.y * r.z - l.z * r.y, l.z * r.x - l.x * r.z, l.x * r.y - l.y * r.x)
}

func length(_ v: SIMD3<Double>) -> Double { dot(v, v).squareRoot() }
