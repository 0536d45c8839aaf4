// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// An atom at fractional coordinates of its cell.
public struct Atom: Sendable, Hashable {
  public var element: ChemicalElement
  /// Fractions of the cell along x, y and z, in [0, 1).
  public var position: SIMD3<Double>

  /// Positions outside [0, 1) are wrapped into the cell.
  public init(element: ChemicalElement, position: SIMD3<Double>) {
    self.element = element
    var wrapped = position - position.rounded(.down)
    // A position a rounding error below a face would otherwise stand alone at the far side of the cell.
    for axis in 0..<3 where wrapped[axis] > 1 - 1e-9 { wrapped[axis] = 0 }
    self.position = wrapped
  }
}

/// An orthogonal periodic cell as the beam sees it: x and y are the image axes, the beam runs along +z.
public struct CrystalCell: Sendable, Hashable {
  /// Edge lengths along x, y, z, Å.
  public var lengthsA: SIMD3<Double>
  public var atoms: [Atom]

  public init(lengthsA: SIMD3<Double>, atoms: [Atom]) {
    self.lengthsA = lengthsA
    self.atoms = atoms
  }

  /// The same crystal with all atoms moved by `shift` (fractions of the cell).
  public func shifted(by shift: SIMD3<Double>) -> CrystalCell {
    CrystalCell(
      lengthsA: lengthsA, atoms: atoms.map { Atom(element: $0.element, position: $0.position + shift) })
  }

  /// Slices per period, of about `maximumSliceA` each: the fewest that are at most 1 % thicker. A perovskite has four
  /// layers in √2 a; without that percent BiFeO3 would get five slices for them at the usual 1.4 Å.
  public func sliceCount(maximumSliceA: Double) -> Int {
    max(1, Int((lengthsA.z / (1.01 * maximumSliceA)).rounded(.up)))
  }

  /// The crystal moved along the beam so that its atomic layers lie in the middle of `count` equal slices.
  ///
  /// The shift is minus the circular mean of the atoms' heights modulo one slice; layers that are not equidistant cannot
  /// all be central.
  public func centredInSlices(_ count: Int) -> CrystalCell {
    var sum = SIMD2<Double>(0, 0)
    for atom in atoms {
      let phase = 2 * Double.pi * atom.position.z * Double(count)
      sum += SIMD2(cos(phase), sin(phase))
    }
    let mean = atan2(sum.y, sum.x) / (2 * Double.pi)
    return shifted(by: SIMD3(0, 0, (0.5 - mean) / Double(count)))
  }

  /// The crystal repeated `counts` times along x, y and z.
  public func tiled(_ counts: SIMD3<Int>) -> CrystalCell {
    precondition(counts.x > 0 && counts.y > 0 && counts.z > 0, "a tiling has at least one cell")
    let scale = SIMD3<Double>(counts)
    var tiled: [Atom] = []
    tiled.reserveCapacity(atoms.count * counts.x * counts.y * counts.z)
    for x in 0..<counts.x {
      for y in 0..<counts.y {
        for z in 0..<counts.z {
          let origin = SIMD3<Double>(SIMD3(x, y, z))
          tiled += atoms.map { Atom(element: $0.element, position: ($0.position + origin) / scale) }
        }
      }
    }
    return CrystalCell(lengthsA: lengthsA * scale, atoms: tiled)
  }

  /// The same crystal with another of its layers on top: layer number `layer` (0 leaves it as it is) of `count` equal ones
  /// in a period. x and y stay, so that the image keeps its lateral origin; layers that were in the middle of their slices
  /// stay there when the number of slices is a multiple of `count`.
  public func startingAtLayer(_ layer: Int, of count: Int) -> CrystalCell {
    precondition(count > 0, "a period has at least one layer")
    return shifted(by: SIMD3(0, 0, -Double(layer) / Double(count)))
  }
}
