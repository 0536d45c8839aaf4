// SPDX-License-Identifier: GPL-3.0-or-later
import Fourier
import Testing

@testable import Multislice

@Suite struct QuadratureTests {
  /// A mesh of 3 × 2 points is within 1 % of contrast of one of 6 × 4, wherever the mesh lies.
  @Test func aSmallMeshWillDo() throws {
    let cell = try SmallCase.cell()
    var conditions = SmallCase.conditions
    conditions.edges = .fractional
    conditions.thicknessesNm = [4.97, 9.94]
    conditions.detectors.append(AnnularDetector(innerMrad: 0, outerMrad: 11))
    func images(_ mesh: SIMD2<Int>, offset: Double) -> [[Float]] {
      conditions.mesh = mesh
      conditions.meshOffset = SIMD2(repeating: offset)
      let spectra = BlochPRISM(cell: cell, conditions: conditions).spectra(threads: 2)
      return spectra.flatMap { $0.map { $0[0].image(nx: 20, ny: 28) } }
    }
    let fine = images(SIMD2(6, 4), offset: 0)
    for offset in [0, 0.5] {
      let errors = zip(images(SIMD2(3, 2), offset: offset), fine).map { relativeDifference($0[...], $1[...]) }
      print("3 × 2 against 6 × 4, offset \(offset): \(errors.map { $0 * 100 }) % of contrast")
      #expect(errors.allSatisfy { $0 < 0.01 })
    }
  }

  /// What the rule stands for, point by point of the mesh cell: hard edges at each of the 64 points, the scattering of
  /// the cell's middle.
  @Test func fractionalEdgesAreTheMeanOverTheMeshCell() throws {
    let cell = try SmallCase.cell()
    var conditions = SmallCase.conditions
    conditions.edges = .fractional
    conditions.semiangleMrad = 12
    conditions.detectors = [
      AnnularDetector(innerMrad: 5, outerMrad: 12),
      AnnularDetector(innerMrad: 10, outerMrad: 16, segment: .init(startDeg: 20, endDeg: 100)),
    ]
    conditions.probes[0].defocusA = 20
    conditions.probes[0].mistiltMrad = SIMD2(1, 0.5)
    let simulation = BlochPRISM(cell: cell, conditions: conditions)
    let lambda = simulation.electron.wavelengthA
    let lengths = SIMD2(cell.lengthsA.x, cell.lengthsA.y)
    let grid = simulation.grid
    let limit = BandLimit(samplingA: lengths / SIMD2(Double(grid.nx), Double(grid.ny)))
    let axis = conditions.probes[0].mistiltMrad * 1e-3 / lambda
    let beams = BeamSet(
      meshPoint: SIMD2(1, 0), cell: cell, grid: grid, conditions: conditions,
      mistiltsMrad: [conditions.probes[0].mistiltMrad], electron: simulation.electron,
      sliceThicknessA: simulation.sliceThicknessA, bandLimit: limit)
    let transmission = TransmissionMaker(
      cell: cell, grid: grid, electron: simulation.electron, bandLimit: limit
    ).transmission(PotentialSlices(cell: cell, grid: grid, sliceCount: simulation.sliceCount))
    let scattering = ScatteringMatrices(
      beams: beams,
      propagation: BatchPropagation(
        grid: grid, transmission: transmission, propagator: beams.propagator, exitSlices: simulation.exitSlices),
      exits: [0], threads: 2
    ) { _ in }
    let maximum = simulation.largestHarmonic
    let totals = SpectrumTotals(conditions: conditions, exits: 1, wavelengthA: lambda, maximum: maximum)
    totals.add(scattering, beams: beams, threads: 1)
    let fast = totals.spectra()

    let meshCell = 1 / (SIMD2(Double(conditions.mesh.x), Double(conditions.mesh.y)) * lengths)
    let aberrations = AberrationFunction(conditions.probes[0], wavelengthA: lambda)
    let matrix = scattering.matrix(exit: 0)
    for (d, detector) in conditions.detectors.enumerated() {
      var slow = ImageSpectrum(maximum: maximum)
      var norm = 0.0
      for s in 0..<64 {
        let shift = Coverage.offset(s) * meshCell
        let probe = beams.incident.map { beam -> Complex32 in
          let isInside = Region(apertureMrad: 12, centre: axis, wavelengthA: lambda).contains(beam.k + shift)
          return isInside ? Complex32(phase: -aberrations.phase(beam.k - axis)) : .zero
        }
        norm += probe.reduce(0) { $0 + Double($1.squaredMagnitude) }
        let region = Region(detector, centre: axis, wavelengthA: lambda)
        for (n, out) in beams.collected.enumerated() where region.contains(out.k + shift) {
          let waves = beams.incident.indices.map { probe[$0] * matrix[$0 * scattering.collectedCount + n] }
          for (g, l) in waves.enumerated() where l.squaredMagnitude > 0 {
            for (other, r) in waves.enumerated() where r.squaredMagnitude > 0 {
              let h = beams.incident[other].index &- beams.incident[g].index
              let value = l * Complex32(r.re, -r.im)
              slow[h.x, h.y] += SIMD2(Double(value.re), Double(value.im))
            }
          }
        }
      }
      for (l, r) in zip(fast[d][0][0].coefficients, slow.coefficients) {
        let difference = l - r / norm
        #expect((difference * difference).sum().squareRoot() < 1e-6)
      }
    }
  }
}
