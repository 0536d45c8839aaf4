// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Fourier

/// exp(iσV) of a run of slices, band-limited; what the wave is multiplied with. Shared by threads, read only.
struct TransmissionFunctions: @unchecked Sendable {
  /// One buffer of nx · ny values a slice, `[x][y]`, real space. The run is repeated along the beam.
  let slices: [FourierBuffer]

  var sliceCount: Int { slices.count }

  /// Of the n-th slice from the entrance.
  subscript(slice: Int) -> FourierBuffer { slices[slice % slices.count] }
}

/// Turns projected potentials into transmission functions on one grid.
struct TransmissionMaker {
  private let interaction: Double
  private let transform: ComplexTransform2D
  /// Band limit over grid count, at every grid frequency.
  private let factors: [Float]

  init(cell: CrystalCell, grid: GridSize, electron: Electron, bandLimit: BandLimit) {
    interaction = electron.interactionConstant
    transform = ComplexTransform2D(rows: grid.nx, columns: grid.ny)
    let normalisation = 1 / Double(grid.count)
    factors = (0..<grid.count).map { n -> Float in
      let kx = Double(signedFrequency(n / grid.ny, of: grid.nx)) / cell.lengthsA.x
      let ky = Double(signedFrequency(n % grid.ny, of: grid.ny)) / cell.lengthsA.y
      return Float(bandLimit.factor(k2: kx * kx + ky * ky) * normalisation)
    }
  }

  /// Every slice of a period.
  func transmission(_ potential: PotentialSlices) -> TransmissionFunctions {
    let count = potential.grid.count
    return TransmissionFunctions(
      slices: (0..<potential.sliceCount).map { slice in
        let buffer = transform.makeBuffer()
        for n in 0..<count { buffer[n].re = potential.voltAngstrom[slice * count + n] }
        transmit(buffer)
        return buffer
      })
  }

  /// A slice given by its atoms, wherever they have moved to.
  func transmission(of atoms: [Atom], _ potentials: AtomicPotentials) -> FourierBuffer {
    let buffer = transform.makeBuffer()
    potentials.fill(buffer, with: atoms)
    transform.inverse(buffer)
    transmit(buffer)
    return buffer
  }

  /// Replaces a potential in V Å (the real parts) by its band-limited transmission function.
  private func transmit(_ buffer: FourierBuffer) {
    for n in 0..<buffer.count { buffer[n] = Complex32(phase: interaction * Double(buffer[n].re)) }
    transform.forward(buffer)
    for n in 0..<buffer.count { buffer[n] = factors[n] * buffer[n] }
    transform.inverse(buffer)
  }
}
