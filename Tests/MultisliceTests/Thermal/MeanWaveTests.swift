// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Fourier
import GlazerCore
import Testing

@testable import Multislice

@Suite("The mean wave of shaking atoms")
struct MeanWaveTests {
  private static func crystal() throws -> (motion: ThermalMotion, cell: CrystalCell) {
    let material = try #require(Material.named("SrTiO3"))
    let cell = Perovskite(material: material, tilt: TiltAngles(alpha: 5, beta: 3, gamma: -4)).cell()
    return (material.thermalMotion(temperatureK: 293), cell.centredInSlices(4))
  }

  /// The slow obvious reference: transmission functions of displaced atoms, drawn and averaged.
  @Test("a slice's mean transmission function is the mean over displacements")
  func meanOfDraws() throws {
    let (motion, cell) = try Self.crystal()
    let grid = GridSize.fitting(cell: cell, samplingA: 0.0863)
    let limit = BandLimit(samplingA: SIMD2(cell.lengthsA.x / Double(grid.nx), cell.lengthsA.y / Double(grid.ny)))
    let maker = TransmissionMaker(cell: cell, grid: grid, electron: Electron(voltageKV: 200), bandLimit: limit)
    let potentials = AtomicPotentials(cell: cell, grid: grid)
    let atoms = cell.atoms.filter { $0.slice(of: 4) == 0 }
    let mean = maker.meanTransmission(of: atoms, potentials, rmsDisplacementA: motion.rmsDisplacementA)
    let draws = 400
    var random = SeededRandom(seed: 3)
    var sums = [SIMD2<Double>](repeating: .zero, count: grid.count)
    var spread = 0.0
    for _ in 0..<draws {
      let moved = atoms.map { atom in
        let rms = motion.rmsDisplacementA[atom.element] ?? 0
        var atom = atom
        atom.position += SIMD3(rms * random.gaussian() / cell.lengthsA.x, rms * random.gaussian() / cell.lengthsA.y, 0)
        return atom
      }
      let own = maker.transmission(of: moved, potentials)
      for n in 0..<grid.count {
        let value = SIMD2(Double(own[n].re), Double(own[n].im))
        sums[n] += value
        let d = value - SIMD2(Double(mean[n].re), Double(mean[n].im))
        spread += (d * d).sum()
      }
    }
    let error = sums.indices.reduce(0) { sum, n in
      let d = sums[n] / Double(draws) - SIMD2(Double(mean[n].re), Double(mean[n].im))
      return sum + (d * d).sum()
    }
    // The mean of so many independent draws is off by their spread over the root of their number, and no more.
    let ratio = error / (spread / Double(draws * draws))
    print("squared error of the drawn mean over what chance allows: \(ratio)")
    #expect((0.6...1.5).contains(ratio))
  }

  @Test("it has no chance in it, loses electrons, and is that of atoms at rest without motion")
  func images() throws {
    let (motion, cell) = try Self.crystal()
    func image(_ motion: ThermalMotion?) -> ImageSpectrum {
      var conditions = ImagingConditions()
      conditions.mesh = SIMD2(1, 1)
      conditions.thicknessesNm = [4]
      conditions.detectors = [AnnularDetector(innerMrad: 0, outerMrad: 60)]
      conditions.motion = motion
      return BlochPRISM(cell: cell, conditions: conditions).spectra()[0][0][0]
    }
    var mean = motion
    mean.treatment = .meanWave
    let wave = image(mean)
    mean.seed = 77
    #expect((image(mean) - wave).power == 0)
    #expect(wave[0, 0].x < 0.99 * image(motion)[0, 0].x)
    mean.rmsDisplacementA = [:]
    let still = image(nil)
    #expect((image(mean) - still).power < 1e-6 * still.contrastPower)
  }
}
