// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Fourier

/// Projected potentials of the slices of one period, static atoms, each atom wholly in the slice that holds its centre.
///
/// Atoms are placed exactly, by phase factors in reciprocal space, at any sub-pixel position.
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
    let transform = ComplexTransform2D(rows: grid.nx, columns: grid.ny)
    let buffer = transform.makeBuffer()
    let area = cell.lengthsA.x * cell.lengthsA.y
    let elements = Set(cell.atoms.map(\.element))
    let potentials = Dictionary(
      uniqueKeysWithValues: elements.map { ($0, Self.atomPotential($0, cell: cell, grid: grid)) })

    var slices = [Float](repeating: 0, count: sliceCount * grid.count)
    for slice in 0..<sliceCount {
      var sum = [SIMD2<Double>](repeating: .zero, count: grid.count)
      for atom in cell.atoms where min(Int(atom.position.z * Double(sliceCount)), sliceCount - 1) == slice {
        guard let potential = potentials[atom.element] else { continue }
        Self.add(potential, at: atom.position, grid: grid, to: &sum)
      }
      for n in 0..<grid.count { buffer[n] = Complex32(Float(sum[n].x / area), Float(sum[n].y / area)) }
      transform.inverse(buffer)
      for n in 0..<grid.count { slices[slice * grid.count + n] = buffer[n].re }
    }
    voltAngstrom = slices
  }

  /// Fourier transform of one atom's projected potential at every grid frequency.
  private static func atomPotential(_ element: ChemicalElement, cell: CrystalCell, grid: GridSize) -> [Double] {
    let scattering = KirklandScattering(element)
    var values: [Double] = []
    values.reserveCapacity(grid.count)
    for ix in 0..<grid.nx {
      let kx = Double(signedFrequency(ix, of: grid.nx)) / cell.lengthsA.x
      for iy in 0..<grid.ny {
        let ky = Double(signedFrequency(iy, of: grid.ny)) / cell.lengthsA.y
        values.append(scattering.projectedPotential(k2: kx * kx + ky * ky))
      }
    }
    return values
  }

  private static func add(
    _ potential: [Double], at position: SIMD3<Double>, grid: GridSize, to sum: inout [SIMD2<Double>]
  ) {
    func phases(_ count: Int, _ fraction: Double) -> [SIMD2<Double>] {
      (0..<count).map {
        let theta = -2 * Double.pi * Double(signedFrequency($0, of: count)) * fraction
        return SIMD2(cos(theta), sin(theta))
      }
    }
    let px = phases(grid.nx, position.x)
    let py = phases(grid.ny, position.y)
    for ix in 0..<grid.nx {
      for iy in 0..<grid.ny {
        let n = ix * grid.ny + iy
        let phase = SIMD2(px[ix].x * py[iy].x - px[ix].y * py[iy].y, px[ix].x * py[iy].y + px[ix].y * py[iy].x)
        sum[n] += potential[n] * phase
      }
    }
  }
}
