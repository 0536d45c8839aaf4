// SPDX-License-Identifier: GPL-3.0-or-later
import CWaveKernels
import Fourier
import GlazerCore
import Testing

@testable import Multislice

/// Many waves in the lanes of a vector against one wave through FFTW.
@Suite struct BatchPropagationTests {
  /// The grids have every radix of the transform in them: 8, 4, 2 and 3, alone and together.
  @Test(arguments: ["sse2", "avx2", "avx512"], [0.086, 0.145, 0.21])
  func everyWaveIsThePlainOne(kernelName: String, samplingA: Double) throws {
    // A processor without these instructions has nothing to show here.
    guard let kernels = glazer_wave_kernels_named(kernelName)?.pointee else { return }
    let material = try #require(Material.named("SrTiO3"))
    let cell = Perovskite(material: material, tilt: TiltAngles(alpha: 5, beta: 3, gamma: -4)).cell().centredInSlices(4)
    var conditions = ImagingConditions()
    conditions.samplingA = samplingA
    conditions.mesh = SIMD2(3, 3)
    let simulation = BlochPRISM(cell: cell, conditions: conditions)
    let grid = simulation.grid
    let limit = BandLimit(
      samplingA: SIMD2(cell.lengthsA.x / Double(grid.nx), cell.lengthsA.y / Double(grid.ny)))
    let potential = PotentialSlices(cell: cell, grid: grid, sliceCount: 4)
    let transmission = TransmissionMaker(
      cell: cell, grid: grid, electron: simulation.electron, bandLimit: limit
    ).transmission(potential)
    let beams = BeamSet(
      meshPoint: SIMD2(1, 2), cell: cell, grid: grid, conditions: conditions, mistiltsMrad: [.zero],
      electron: simulation.electron, sliceThicknessA: simulation.sliceThicknessA, bandLimit: limit)
    let exits = [1, 6, 6, 20]
    let batch = BatchPropagation(
      grid: grid, transmission: transmission, propagator: beams.propagator, exitSlices: exits, kernels: kernels)
    let transform = ComplexTransform2D(rows: grid.nx, columns: grid.ny)
    let plain = WavePropagation(
      transform: transform, transmission: transmission, propagator: beams.propagator, exitSlices: exits)

    // One lane stays empty.
    let incident = beams.incident.suffix(batch.lanes - 1).map(\.gridIndex)
    var fast: [Int: [[Complex32]]] = [:]
    let workspace = batch.makeWorkspace()
    batch.run(from: incident, in: workspace) { exit, values in
      fast[exit] = incident.indices.map { lane in
        (0..<grid.count).map { n in batch.offset(gridIndex: n).map { values.value(lane: lane, offset: $0) } ?? .zero }
      }
    }
    #expect(fast.count == exits.count)
    let wave = transform.makeBuffer()
    for lane in incident.indices {
      plain.run(from: incident[lane], wave: wave) { exit, wave in
        let values = fast[exit]?[lane] ?? []
        #expect(values.count == grid.count)
        for (n, value) in values.enumerated() {
          #expect(abs(value.re - wave[n].re) < 2e-6 && abs(value.im - wave[n].im) < 2e-6)
        }
      }
    }
  }

  @Test func lengthsWithOtherPrimesAreRefused() {
    #expect([5, 10, 7, 11, 0, -4, 1 << 15].allSatisfy { glazer_fft_twiddle_count($0) == 0 })
    #expect([2, 3, 4, 6, 8, 27, 64, 96, 1 << 14].allSatisfy { glazer_fft_twiddle_count($0) > 0 })
  }
}
