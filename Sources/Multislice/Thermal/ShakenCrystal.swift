// SPDX-License-Identifier: GPL-3.0-or-later
import Fourier

/// What the waves of each configuration run through: the same static period over and over, or displaced atoms all the way
/// down.
///
/// Displacements repeat from cell to cell across the beam but not along it. A focused probe stays within about a cell, so
/// what atoms farther away do hardly matters, and the small cell keeps the price of a static simulation.
struct ShakenCrystal {
  private let cell: CrystalCell
  private let sliceCount: Int
  private let depth: Int
  private let maker: TransmissionMaker
  private let atoms: AtomicPotentials
  private let displacements: EinsteinDisplacements?
  /// The same over and over: atoms at rest, or their mean.
  private let period: TransmissionFunctions?

  /// `depth` slices in all; `configurations` in the whole run.
  init(
    cell: CrystalCell, grid: GridSize, sliceCount: Int, depth: Int, electron: Electron, bandLimit: BandLimit,
    motion: ThermalMotion?, configurations: Int
  ) {
    self.cell = cell
    self.sliceCount = sliceCount
    self.depth = depth
    maker = TransmissionMaker(cell: cell, grid: grid, electron: electron, bandLimit: bandLimit)
    atoms = AtomicPotentials(cell: cell, grid: grid)
    displacements = motion.map { EinsteinDisplacements($0, cell: cell, configurations: configurations) }
    switch motion?.treatment {
    case .displacements: period = nil
    case nil: period = maker.transmission(PotentialSlices(cell: cell, grid: grid, sliceCount: sliceCount))
    case .meanWave:
      let (maker, atoms, rms) = (maker, atoms, motion?.rmsDisplacementA ?? [:])
      period = TransmissionFunctions(
        slices: (0..<sliceCount).map { slice in
          maker.meanTransmission(
            of: cell.atoms.filter { $0.slice(of: sliceCount) == slice }, atoms, rmsDisplacementA: rms)
        })
    }
  }

  /// Cost with motion: one potential and three transforms a slice, the price of two beams in all.
  func transmission(configuration: Int) -> TransmissionFunctions {
    if let period { return period }
    let lengths = SIMD2(cell.lengthsA.x, cell.lengthsA.y)
    return TransmissionFunctions(
      slices: (0..<depth).map { slice in
        let moved = cell.atoms.indices.compactMap { index -> Atom? in
          var atom = cell.atoms[index]
          guard atom.slice(of: sliceCount) == slice % sliceCount else { return nil }
          if let displacements {
            let d = displacements.displacementA(
              atom: index, period: slice / sliceCount, configuration: configuration)
            atom.position += SIMD3(d / lengths, 0)
          }
          return atom
        }
        return maker.transmission(of: moved, atoms)
      })
  }
}
