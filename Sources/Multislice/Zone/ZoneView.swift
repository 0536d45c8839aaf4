// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// A perovskite in the [1-10] zone, ready for the beam.
public struct ZoneView: Sendable {
  public let zone: ZoneAxis
  /// x = [110], y = [001], z = [1-10] of the view, a B site at the origin. Edges have the crystal's lengths; where its own
  /// directions are not at right angles, the cell is sheared until they are: see `shear`.
  public let cell: CrystalCell
  /// Angles between y and z, z and x, x and y in the crystal, degrees; 90 where nothing was strained.
  public let anglesDeg: [Double]
  /// Rotations about a, b and c of the view.
  public let rotations: RotationAnalysis

  /// Largest shear that made the cell orthogonal: |cos| of the angle farthest from 90°. Edges are not strained.
  public var shear: Double { anglesDeg.map { abs(cos($0 * .pi / 180)) }.max() ?? 0 }
}

extension Basis {
  private static let mostAtoms = 4000

  /// All atoms of a crystal whose fractions of this box, from `origin`, lie in [0, 1).
  func filled(with crystal: UnitCell, origin: SIMD3<Double>, path: String) throws(StructureError) -> CrystalCell {
    let wanted = Double(crystal.atoms.count) * volume / crystal.basis.volume
    let count = Int(wanted.rounded())
    guard count <= Self.mostAtoms, abs(wanted - Double(count)) < 0.01 else {
      throw .unsupported(path: path, what: "the cell in the zone would hold \(Int(wanted)) atoms")
    }
    // Whole cells that the box can touch: the range of its corners in the crystal's own fractions.
    var low = SIMD3<Double>(repeating: .infinity)
    var high = SIMD3<Double>(repeating: -.infinity)
    for corner in 0..<8 {
      let f = SIMD3(Double(corner & 1), Double(corner >> 1 & 1), Double(corner >> 2))
      let inside = crystal.basis.fractional(origin + cartesian(f))
      low = pointwiseMin(low, inside)
      high = pointwiseMax(high, inside)
    }
    low = (low - 1).rounded(.down)
    high = high.rounded(.up)
    let span = high - low + 1
    guard span.x * span.y * span.z <= 100_000 else {
      throw .unsupported(path: path, what: "the cell in the zone is too long and thin")
    }
    var atoms: [Atom] = []
    for x in Int(low.x)...Int(high.x) {
      for y in Int(low.y)...Int(high.y) {
        for z in Int(low.z)...Int(high.z) {
          let shift = crystal.basis.cartesian(SIMD3<Double>(SIMD3(x, y, z))) - origin
          for n in crystal.atoms.indices {
            let f = fractional(crystal.position(n) + shift)
            // Half open with the faces moved a little, so that an atom on a face is counted once.
            guard (0..<3).allSatisfy({ f[$0] >= -1e-4 && f[$0] < 1 - 1e-4 }) else { continue }
            atoms.append(Atom(element: crystal.atoms[n].element, position: f))
          }
        }
      }
    }
    guard atoms.count == count else {
      throw .unsupported(path: path, what: "the cell in the zone holds \(atoms.count) atoms instead of \(count)")
    }
    return CrystalCell(lengthsA: lengths, atoms: atoms)
  }
}
