// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Fourier
import TestSupport
import Testing

@testable import Multislice

/// Single waves against abTEM's, phase and all, through the reference of the tests: it is what the fast method is held
/// to, so it is held to something itself.
@Suite(.enabled(if: SharedData.hasReference, "needs ../shared/refdata"))
struct ExitWaveTests {
  private let folder = SharedData.reference.path
  private let tiling = SIMD2(3, 2)
  private let positions = [0.0, 1.380626, 2.761252].map { SIMD2($0, 0) }

  /// The stored slices of one cell, tiled: nothing but the propagation can differ.
  @Test func wavesFromTheStoredPotential() throws {
    let stored = try NumpyArray.read(path: "\(folder)/t53m4_potential_slices_VA.npy")
    try #require(stored.shape == [4, 64, 96])
    let cell = try StructureFile.read(path: "\(folder)/t53m4_cell.xyz")
    let grid = GridSize(nx: 64 * tiling.x, ny: 96 * tiling.y)
    let slices = (0..<4).map { slice in
      (0..<grid.count).map { stored.values[(slice * 64 + $0 / grid.ny % 64) * 96 + $0 % grid.ny % 96] }
    }
    let multislice = ProbeMultislice(
      potentialVA: slices, lengthsA: SIMD2(cell.lengthsA.x * 3, cell.lengthsA.y * 2), grid: grid,
      sliceThicknessA: cell.lengthsA.z / 4, voltageKV: 200)
    for difference in try differences(multislice) { #expect(difference < 1e-4) }
  }

  /// Our own potentials place atoms exactly, abTEM's spread each over four grid points.
  @Test func wavesFromOurPotential() throws {
    let cell = try StructureFile.read(path: "\(folder)/t53m4_cell.xyz")
    let multislice = ProbeMultislice(cell: cell, tiling: tiling, conditions: ImagingConditions())
    for difference in try differences(multislice) { #expect(difference < 0.015) }
  }

  @Test func probeIntensity() throws {
    let stored = try NumpyArray.read(path: "\(folder)/t53m4_probe_intensity.npy")
    let cell = try StructureFile.read(path: "\(folder)/t53m4_cell.xyz")
    let multislice = ProbeMultislice(cell: cell, tiling: tiling, conditions: ImagingConditions())
    let probe = multislice.probe(at: .zero, semiangleMrad: 30)
    let scale = 1 / Float(probe.count)
    let largest = try #require(stored.values.max())
    for n in 0..<probe.count {
      #expect(abs(scale * probe[n].squaredMagnitude - stored.values[n]) < 1e-6 * largest)
    }
  }

  /// rms difference over the rms of abTEM's wave, per position, after 36 slices; no phase is adjusted.
  private func differences(_ multislice: ProbeMultislice) throws -> [Double] {
    let stored = try complexValues(path: "\(folder)/t53m4_exitwaves_c64.npy")
    let count = multislice.grid.count
    try #require(stored.count == positions.count * count)
    return positions.indices.map { p in
      let probe = multislice.probe(at: positions[p], semiangleMrad: 30)
      let wave = multislice.exitWave(probe, slices: 36)
      let scale = 1 / Float(count).squareRoot()
      var (difference, square) = (0.0, 0.0)
      for n in 0..<count {
        let reference = stored[p * count + n]
        difference += Double((scale * wave[n] + Complex32(-reference.re, -reference.im)).squaredMagnitude)
        square += Double(reference.squaredMagnitude)
      }
      let ratio = (difference / square).squareRoot()
      print("exit wave at x = \(positions[p].x) Å: rms difference \(ratio) of the wave")
      return ratio
    }
  }

  /// The values of a little-endian complex64 .npy file of version 1.
  private func complexValues(path: String) throws -> [Complex32] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let start = 10 + Int(data[8]) + Int(data[9]) << 8
    try #require(String(decoding: data[10..<start], as: UTF8.self).contains("'<c8'"))
    return data[start...].withUnsafeBytes { raw in
      (0..<raw.count / 8).map {
        Complex32(
          raw.loadUnaligned(fromByteOffset: 8 * $0, as: Float.self),
          raw.loadUnaligned(fromByteOffset: 8 * $0 + 4, as: Float.self))
      }
    }
  }
}
