// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import Multislice

@Suite struct ThermalMotionTests {
  @Test func normalQuantiles() {
    // Abramowitz and Stegun, table 26.5.
    for (p, x) in [(0.5, 0), (0.841_344_746, 1), (0.977_249_868, 2), (0.998_650_102, 3), (0.000_031_671_24, -4)] {
      #expect(abs(NormalQuantile.quantile(p) - Double(x)) < 1e-6)
    }
  }

  @Test func fewConfigurationsAreDrawnPlainly() throws {
    let (material, cell) = try crystal()
    let displacements = EinsteinDisplacements(
      material.thermalMotion(temperatureK: 293), cell: cell, configurations: 1)
    let u2 = try #require(material.meanSquareDisplacement(of: cell.atoms[0].element))
    let all = (0..<2000).map { displacements.displacementA(atom: 0, period: $0, configuration: 0) }
    let variance = all.reduce(0) { $0 + $1.x * $1.x } / 2000
    #expect(abs(variance / u2 - 1) < 0.1)
  }

  private func crystal() throws -> (Material, CrystalCell) {
    let material = try #require(Material.named("SrTiO3"))
    let tilt = TiltAngles(alpha: 5, beta: 3, gamma: -4)
    return (material, Perovskite(material: material, tilt: tilt).cell().centredInSlices(4))
  }

  @Test func everyAtomHasItsSpreadAndItsOwnOrder() throws {
    let (material, cell) = try crystal()
    let motion = material.thermalMotion(temperatureK: 293)
    let displacements = EinsteinDisplacements(motion, cell: cell, configurations: 12)
    var patterns: Set<[SIMD2<Double>]> = []
    for (index, atom) in cell.atoms.enumerated() {
      let all = (0..<12).map { displacements.displacementA(atom: index, period: 3, configuration: $0) }
      let u2 = try #require(material.meanSquareDisplacement(of: atom.element))
      for axis in 0..<2 {
        #expect(abs(all.reduce(0) { $0 + $1[axis] }) < 1e-9)
        #expect(abs(all.reduce(0) { $0 + $1[axis] * $1[axis] } / 12 / u2 - 1) < 1e-9)
      }
      patterns.insert(all.map { $0 / u2.squareRoot() })
    }
    #expect(patterns.count == cell.atoms.count, "atoms that move alike")
  }

  private func conditions(_ motion: ThermalMotion?, mesh: SIMD2<Int> = SIMD2(3, 2)) -> ImagingConditions {
    var conditions = ImagingConditions()
    conditions.mesh = mesh
    conditions.samplingA = 0.12
    conditions.thicknessesNm = [3.31]
    conditions.motion = motion
    return conditions
  }

  @Test func atomsThatDoNotMoveAreStatic() throws {
    let (_, cell) = try crystal()
    let still = ThermalMotion(rmsDisplacementA: [:])
    let one = BlochPRISM(cell: cell, conditions: conditions(still)).spectra(threads: 2)[0][0][0]
    let other = BlochPRISM(cell: cell, conditions: conditions(nil)).spectra(threads: 2)[0][0][0]
    #expect((one - other).power / other.contrastPower < 1e-8)
  }

  /// The cheap average (displacements repeat from cell to cell, one configuration for each point of the mesh) against full
  /// frozen phonons, where all atoms of a 3 × 2 supercell move by themselves. Three configurations of the latter leave a
  /// statistical error of about 4 %; with many more at full sampling the two agree to 1 % (ARCHITECTURE.md).
  @Test func cheapAverageAgreesWithFullFrozenPhonons() throws {
    let (material, cell) = try crystal()
    let motion = material.thermalMotion(temperatureK: 293, seed: 3)
    let cheap = ThermalAverage(cell: cell, conditions: conditions(motion), passes: 6, threads: 2)
    let full = ThermalAverage(
      cell: cell, supercell: SIMD2(3, 2), conditions: conditions(motion, mesh: SIMD2(1, 1)), passes: 3, threads: 2)
    let reference = full.mean[0][0][0].image(nx: 40, ny: 56)
    let mean = cheap.mean[0][0][0].image(nx: 40, ny: 56)
    let difference = 100 * relativeDifference(mean[...], reference[...])
    let own = try #require(cheap.standardErrorPercent)[0][0]
    print("cheap against full frozen phonons: \(difference) % of contrast, standard error of the former \(own) %")
    #expect(difference < 6)
    #expect(own < 2)
    let atRest = BlochPRISM(cell: cell, conditions: conditions(nil)).spectra(threads: 2)[0][0][0]
    let moved = 100 * relativeDifference(atRest.image(nx: 40, ny: 56)[...], reference[...])
    #expect(moved > 2.5 * difference, "motion changes the image by \(moved) %")
  }
}
