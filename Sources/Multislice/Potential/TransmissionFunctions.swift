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
  /// 1/Å², at every grid frequency.
  private let squaredFrequencies: [Double]

  init(cell: CrystalCell, grid: GridSize, electron: Electron, bandLimit: BandLimit) {
    interaction = electron.interactionConstant
    transform = ComplexTransform2D(rows: grid.nx, columns: grid.ny)
    let normalisation = 1 / Double(grid.count)
    squaredFrequencies = (0..<grid.count).map { n in
      let kx = Double(signedFrequency(n / grid.ny, of: grid.nx)) / cell.lengthsA.x
      let ky = Double(signedFrequency(n % grid.ny, of: grid.ny)) / cell.lengthsA.y
      return kx * kx + ky * ky
    }
    factors = squaredFrequencies.map { Float(bandLimit.factor(k2: $0) * normalisation) }
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

  /// The mean transmission function of a slice whose atoms shake independently of each other: the product of those of its
  /// atoms, each smeared over its Gaussian, ⟨e^(iσv)⟩ = e^(iσv) ⊗ Gaussian.
  func meanTransmission(
    of atoms: [Atom], _ potentials: AtomicPotentials, rmsDisplacementA: [ChemicalElement: Double]
  ) -> FourierBuffer {
    let product = transform.makeBuffer()
    for n in 0..<product.count { product[n] = Complex32(1, 0) }
    let buffer = transform.makeBuffer()
    for atom in atoms {
      potentials.fill(buffer, with: [atom])
      transform.inverse(buffer)
      for n in 0..<buffer.count { buffer[n] = Complex32(phase: interaction * Double(buffer[n].re)) }
      transform.forward(buffer)
      let rms = rmsDisplacementA[atom.element] ?? 0
      let decay = -2 * Double.pi * Double.pi * rms * rms
      for n in 0..<buffer.count {
        buffer[n] = Float(exp(decay * squaredFrequencies[n]) / Double(buffer.count)) * buffer[n]
      }
      transform.inverse(buffer)
      for n in 0..<buffer.count { product[n] = product[n] * buffer[n] }
    }
    limit(product)
    return product
  }

  /// Replaces a potential in V Å (the real parts) by its band-limited transmission function.
  private func transmit(_ buffer: FourierBuffer) {
    for n in 0..<buffer.count { buffer[n] = Complex32(phase: interaction * Double(buffer[n].re)) }
    limit(buffer)
  }

  private func limit(_ buffer: FourierBuffer) {
    transform.forward(buffer)
    for n in 0..<buffer.count { buffer[n] = factors[n] * buffer[n] }
    transform.inverse(buffer)
  }
}
