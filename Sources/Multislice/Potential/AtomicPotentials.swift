// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Fourier

/// The Fourier transforms of the projected potentials of a cell's elements, and slices made of them.
///
/// Atoms are placed exactly, by phase factors in reciprocal space, at any sub-pixel position.
struct AtomicPotentials: Sendable {
  let grid: GridSize
  private let area: Double
  /// V Å · Å² at every grid frequency, `[x][y]`.
  private let transforms: [ChemicalElement: [Float]]

  init(cell: CrystalCell, grid: GridSize) {
    self.grid = grid
    area = cell.lengthsA.x * cell.lengthsA.y
    transforms = Dictionary(
      uniqueKeysWithValues: Set(cell.atoms.map(\.element)).map { ($0, Self.transform($0, cell: cell, grid: grid)) })
  }

  /// Replaces `buffer` by the spectrum of the atoms' projected potential (V Å after the inverse transform); their heights do
  /// not matter. Cost: atoms · grid points.
  func fill(_ buffer: FourierBuffer, with atoms: [Atom]) {
    buffer.base.update(repeating: .zero, count: grid.count)
    for atom in atoms {
      guard let potential = transforms[atom.element] else { continue }
      let px = Self.phases(grid.nx, atom.position.x, scale: 1 / area)
      let py = Self.phases(grid.ny, atom.position.y, scale: 1)
      potential.withUnsafeBufferPointer { potential in
        py.withUnsafeBufferPointer { py in
          for ix in 0..<grid.nx {
            let phase = px[ix]
            let row = buffer.base + ix * grid.ny
            for iy in 0..<grid.ny {
              row[iy] = row[iy] + potential[ix * grid.ny + iy] * (phase * py[iy])
            }
          }
        }
      }
    }
  }

  private static func phases(_ count: Int, _ fraction: Double, scale: Double) -> [Complex32] {
    (0..<count).map {
      let theta = -2 * Double.pi * Double(signedFrequency($0, of: count)) * fraction
      return Complex32(Float(scale * cos(theta)), Float(scale * sin(theta)))
    }
  }

  private static func transform(_ element: ChemicalElement, cell: CrystalCell, grid: GridSize) -> [Float] {
    let scattering = KirklandScattering(element)
    var values: [Float] = []
    values.reserveCapacity(grid.count)
    for ix in 0..<grid.nx {
      let kx = Double(signedFrequency(ix, of: grid.nx)) / cell.lengthsA.x
      for iy in 0..<grid.ny {
        let ky = Double(signedFrequency(iy, of: grid.ny)) / cell.lengthsA.y
        values.append(Float(scattering.projectedPotential(k2: kx * kx + ky * ky)))
      }
    }
    return values
  }
}
