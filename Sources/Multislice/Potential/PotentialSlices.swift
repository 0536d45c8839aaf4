// SPDX-License-Identifier: GPL-3.0-or-later
import Fourier

/// Projected potentials of the slices of one period, static atoms, each atom wholly in the slice that holds its centre.
public struct PotentialSlices: Sendable {
  public let grid: GridSize
  public let sliceThicknessA: Double
  /// Potential in V Å, `[slice][x][y]` flattened: entry (slice · nx + ix) · ny + iy.
  public let voltAngstrom: [Float]
  public var sliceCount: Int { voltAngstrom.count / grid.count }

  /// Slice number of an atom is ⌊z / slice thickness⌋: centre the layers first (`CrystalCell.centredInSlices`).
  /// Cost: atoms · grid points, then one transform a slice.
  public init(cell: CrystalCell, grid: GridSize, sliceCount: Int) {
    precondition(sliceCount > 0, "a crystal has at least one slice")
    self.grid = grid
    sliceThicknessA = cell.lengthsA.z / Double(sliceCount)
    let atoms = AtomicPotentials(cell: cell, grid: grid)
    let transform = ComplexTransform2D(rows: grid.nx, columns: grid.ny)
    let buffer = transform.makeBuffer()
    var slices: [Float] = []
    slices.reserveCapacity(sliceCount * grid.count)
    for slice in 0..<sliceCount {
      let own = cell.atoms.filter { $0.slice(of: sliceCount) == slice }
      atoms.fill(buffer, with: own)
      transform.inverse(buffer)
      for n in 0..<grid.count { slices.append(buffer[n].re) }
    }
    voltAngstrom = slices
  }
}

extension Atom {
  /// Number of the slice, of `count` in one period, that holds the atom's centre.
  func slice(of count: Int) -> Int { min(Int(position.z * Double(count)), count - 1) }
}
