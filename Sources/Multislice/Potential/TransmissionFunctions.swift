// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Fourier

/// exp(iσV) of each slice of one period, band-limited; what the wave is multiplied with. Shared by threads, read only.
struct TransmissionFunctions: @unchecked Sendable {
  let sliceCount: Int
  /// One buffer of nx · ny values a slice, `[x][y]`, real space.
  let slices: [FourierBuffer]

  init(_ potential: PotentialSlices, cell: CrystalCell, electron: Electron, bandLimit: BandLimit) {
    let grid = potential.grid
    let sigma = electron.interactionConstant
    let transform = ComplexTransform2D(rows: grid.nx, columns: grid.ny)
    let normalisation = 1 / Double(grid.count)
    let factors = (0..<grid.count).map { n -> Float in
      let kx = Double(signedFrequency(n / grid.ny, of: grid.nx)) / cell.lengthsA.x
      let ky = Double(signedFrequency(n % grid.ny, of: grid.ny)) / cell.lengthsA.y
      return Float(bandLimit.factor(k2: kx * kx + ky * ky) * normalisation)
    }
    sliceCount = potential.sliceCount
    slices = (0..<potential.sliceCount).map { slice in
      let buffer = transform.makeBuffer()
      for n in 0..<grid.count {
        buffer[n] = Complex32(phase: sigma * Double(potential.voltAngstrom[slice * grid.count + n]))
      }
      transform.forward(buffer)
      for n in 0..<grid.count { buffer[n] = factors[n] * buffer[n] }
      transform.inverse(buffer)
      return buffer
    }
  }
}
