// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Fourier

/// The beams of one point k0 of the Brillouin-zone mesh: those that come in through the aperture at any of the mistilts,
/// those that any detector collects, and how free space carries all of them. Read only: shared by threads.
struct BeamSet: @unchecked Sendable {
  struct Beam {
    /// Position in the grid of the discrete Fourier transform, ix · ny + iy.
    let gridIndex: Int
    /// Signed reciprocal-lattice indices (h, k).
    let index: SIMD2<Int>
    /// k0 + G, 1/Å.
    let k: SIMD2<Double>
  }

  /// What one mistilt makes of the beams.
  struct View {
    /// Optical axis, 1/Å.
    let axis: SIMD2<Double>
    /// Of each incident beam, in the aperture.
    var incident: [Coverage] = []
    /// Per detector, the collected beams it sees: their numbers and their coverage.
    var detectors: [[(beam: Int, coverage: Coverage)]]
  }

  /// In order of h, then k.
  let incident: [Beam]
  let collected: [Beam]
  /// In the order of `mistiltsMrad`.
  let views: [View]
  /// Propagator through one slice times the band limit, divided by the grid count; `[x][y]` in reciprocal space.
  let propagator: FourierBuffer

  init(
    meshPoint: SIMD2<Int>, cell: CrystalCell, grid: GridSize, conditions: ImagingConditions,
    mistiltsMrad: [SIMD2<Double>], electron: Electron, sliceThicknessA: Double, bandLimit: BandLimit
  ) {
    let lambda = electron.wavelengthA
    let lengths = SIMD2(cell.lengthsA.x, cell.lengthsA.y)
    let meshCell = 1 / (SIMD2(Double(conditions.mesh.x), Double(conditions.mesh.y)) * lengths)
    let k0 = (SIMD2(Double(meshPoint.x), Double(meshPoint.y)) + conditions.meshOffset) * meshCell
    propagator = FourierBuffer(count: grid.count)
    var beams: [Beam] = []
    for n in 0..<grid.count {
      let index = SIMD2(signedFrequency(n / grid.ny, of: grid.nx), signedFrequency(n % grid.ny, of: grid.ny))
      let k = k0 + SIMD2(Double(index.x), Double(index.y)) / lengths
      let k2 = (k * k).sum()
      let factor = bandLimit.factor(k2: k2) / Double(grid.count)
      propagator[n] = Float(factor) * Complex32(phase: -Double.pi * lambda * sliceThicknessA * k2)
      if factor > 0 { beams.append(Beam(gridIndex: n, index: index, k: k)) }
    }
    beams.sort { ($0.index.x, $0.index.y) < ($1.index.x, $1.index.y) }

    let axes = mistiltsMrad.map { $0 * 1e-3 / lambda }
    let apertures = axes.map { Region(apertureMrad: conditions.semiangleMrad, centre: $0, wavelengthA: lambda) }
    let detectors = axes.map { axis in
      conditions.detectors.map { Region($0, centre: axis, wavelengthA: lambda) }
    }
    var incident: [Beam] = []
    var collected: [Beam] = []
    var views = axes.map { View(axis: $0, detectors: Array(repeating: [], count: conditions.detectors.count)) }
    for beam in beams {
      func coverage(_ region: Region) -> Coverage {
        Coverage(of: region, at: beam.k, meshCell: meshCell, rule: conditions.edges)
      }
      let inProbe = apertures.map(coverage)
      if inProbe.contains(where: { $0 != .none }) {
        incident.append(beam)
        for v in views.indices { views[v].incident.append(inProbe[v]) }
      }
      let inDetectors = detectors.map { $0.map(coverage) }
      guard inDetectors.contains(where: { $0.contains { $0 != .none } }) else { continue }
      for v in views.indices {
        for (d, coverage) in inDetectors[v].enumerated() where coverage != .none {
          views[v].detectors[d].append((collected.count, coverage))
        }
      }
      collected.append(beam)
    }
    self.incident = incident
    self.collected = collected
    self.views = views
  }
}
