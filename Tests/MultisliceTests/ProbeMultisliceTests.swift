// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Testing

@testable import Multislice

@Suite struct ProbeMultisliceTests {
  /// Three detectors, two thicknesses and a defocus from one run each way.
  @Test func fastMethodEqualsProbeByProbe() throws {
    let material = try #require(Material.named("SrTiO3"))
    let tilt = TiltAngles(alpha: 5, beta: 3, gamma: -4)
    let cell = Perovskite(material: material, tilt: tilt).cell().centredInSlices(4)
    var conditions = ImagingConditions()
    conditions.mesh = SIMD2(2, 2)
    conditions.edges = .hard
    conditions.samplingA = 0.15
    conditions.thicknessesNm = [1.1, 2.2]
    conditions.probes = [ProbeConditions(defocusA: 25)]
    conditions.detectors = [
      AnnularDetector(innerMrad: 11, outerMrad: 30), AnnularDetector(innerMrad: 0, outerMrad: 11),
      AnnularDetector(innerMrad: 35, outerMrad: 50),
    ]
    let (nx, ny) = (3, 4)
    var positions: [SIMD2<Double>] = []
    for i in 0..<nx {
      for j in 0..<ny {
        positions.append(
          SIMD2(Double(i) * cell.lengthsA.x / Double(nx), Double(j) * cell.lengthsA.y / Double(ny)))
      }
    }
    let simulation = BlochPRISM(cell: cell, conditions: conditions)
    let fast = simulation.spectra(threads: 2)
    let slow = ProbeMultislice(cell: cell, tiling: conditions.mesh, conditions: conditions).images(
      detectors: conditions.detectors, exits: simulation.exitSlices, positions: positions,
      semiangleMrad: conditions.semiangleMrad
    ) { k in Double.pi * simulation.electron.wavelengthA * 25 * (k * k).sum() }
    for d in conditions.detectors.indices {
      for t in 0..<2 {
        let image = fast[d][t][0].image(nx: nx, ny: ny)
        for n in positions.indices { #expect(abs(Double(image[n]) - slow[d][t][n]) < 2e-5) }
      }
    }
  }

  /// Points of the mesh are added in order, whoever was first.
  @Test("the same bits whatever the number of threads, and whether they share points or exits", arguments: [2, 3, 5])
  func resultDoesNotDependOnTheNumberOfThreads(threads: Int) throws {
    let material = try #require(Material.named("SrTiO3"))
    let cell = Perovskite(material: material, tilt: TiltAngles(alpha: 2, beta: 0, gamma: 1)).cell().centredInSlices(4)
    var conditions = ImagingConditions()
    conditions.mesh = SIMD2(3, 2)
    conditions.samplingA = 0.2
    conditions.thicknessesNm = [0.6, 1.1]
    let simulation = BlochPRISM(cell: cell, conditions: conditions)
    let (one, several) = (simulation.spectra(threads: 1), simulation.spectra(threads: threads))
    for t in 0..<2 { #expect(one[0][t][0].coefficients == several[0][t][0].coefficients) }
  }
}
