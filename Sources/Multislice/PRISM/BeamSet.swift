// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Fourier

/// The beams of one point k0 of the Brillouin-zone mesh: those that come in through the aperture, those that each
/// detector collects, and how free space carries all of them.
struct BeamSet {
  struct Beam {
    /// Position in the grid of the discrete Fourier transform, ix · ny + iy.
    let gridIndex: Int
    /// Signed reciprocal-lattice indices (h, k).
    let index: SIMD2<Int>
    /// k0 + G, 1/Å.
    let k: SIMD2<Double>
    /// Share of the beam inside the aperture or the detector.
    let weight: Double
  }

  let incident: [Beam]
  /// Per detector, the collected beams.
  let collected: [[Beam]]
  /// Propagator through one slice times the band limit, divided by the grid count; `[x][y]` in reciprocal space.
  let propagator: FourierBuffer

  init(
    meshPoint: SIMD2<Int>, cell: CrystalCell, grid: GridSize, conditions: ImagingConditions, electron: Electron,
    sliceThicknessA: Double, bandLimit: BandLimit
  ) {
    let lambda = electron.wavelengthA
    let mesh = SIMD2(Double(conditions.mesh.x), Double(conditions.mesh.y))
    let lengths = SIMD2(cell.lengthsA.x, cell.lengthsA.y)
    let k0 = SIMD2(Double(meshPoint.x), Double(meshPoint.y)) / (mesh * lengths)
    let edges = EdgeWeights(rule: conditions.edges, meshCell: 1 / (mesh * lengths))
    let aperture = conditions.semiangleMrad * 1e-3 / lambda
    var incident: [Beam] = []
    var collected = [[Beam]](repeating: [], count: conditions.detectors.count)
    propagator = FourierBuffer(count: grid.count)
    for ix in 0..<grid.nx {
      for iy in 0..<grid.ny {
        let n = ix * grid.ny + iy
        let index = SIMD2(signedFrequency(ix, of: grid.nx), signedFrequency(iy, of: grid.ny))
        let k = k0 + SIMD2(Double(index.x), Double(index.y)) / lengths
        let k2 = (k * k).sum()
        let factor = bandLimit.factor(k2: k2) / Double(grid.count)
        propagator[n] = Float(factor) * Complex32(phase: -Double.pi * lambda * sliceThicknessA * k2)
        let inProbe = edges.weight(k: k, inner: -1, outer: aperture)
        if inProbe > 0 { incident.append(Beam(gridIndex: n, index: index, k: k, weight: inProbe)) }
        for (d, detector) in conditions.detectors.enumerated() {
          let inner = detector.innerMrad > 0 ? detector.innerMrad * 1e-3 / lambda : -1
          let inDetector = edges.weight(k: k, inner: inner, outer: detector.outerMrad * 1e-3 / lambda)
          if inDetector > 0 { collected[d].append(Beam(gridIndex: n, index: index, k: k, weight: inDetector)) }
        }
      }
    }
    self.incident = incident
    self.collected = collected
  }
}
