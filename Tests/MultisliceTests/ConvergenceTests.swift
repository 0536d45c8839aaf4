// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import Multislice

@Suite struct ConvergenceTests {
  private func simulation(
    tilt: TiltAngles, mesh: SIMD2<Int> = SIMD2(2, 1), samplingA: Double = 0.16
  ) throws -> BlochPRISM {
    let material = try #require(Material.named("SrTiO3"))
    let cell = Perovskite(material: material, tilt: tilt).cell().centredInSlices(4)
    var conditions = ImagingConditions()
    conditions.mesh = mesh
    conditions.samplingA = samplingA
    conditions.thicknessesNm = [1.1, 2.76]
    return BlochPRISM(cell: cell, conditions: conditions)
  }

  /// Atoms of an untilted crystal lie exactly in their layers: cutting the slices between them changes nothing but how
  /// often the band limit's taper acts. So the move of the crystal is made up for by the defocus, which is not small.
  @Test func thinnerSlicesChangeNothingWhereLayersAreFlat() throws {
    let chosen = try simulation(tilt: TiltAngles(alpha: 0, beta: 0, gamma: 0), samplingA: 0.11)
    let finer = ConvergenceStep.slices(chosen, factor: 8).simulation
    #expect(finer.sliceCount == 32 && finer.exitSlices == chosen.exitSlices.map { 8 * $0 })
    var uncorrected = finer.conditions
    uncorrected.probes = chosen.conditions.probes
    let images = [chosen, finer, BlochPRISM(cell: finer.cell, conditions: uncorrected)].map { $0.spectra(threads: 2) }
    for t in 0..<2 {
      let change = images[1][0][t][0].relativeDifference(from: images[0][0][t][0])
      let withoutDefocus = images[2][0][t][0].relativeDifference(from: images[0][0][t][0])
      print("slices cut in 8: \(change * 100) % of contrast, \(withoutDefocus * 100) % without the defocus")
      #expect(change < 2e-3)
      #expect(withoutDefocus > 5 * change)
    }
  }

  @Test(
    "each mesh of a study is denser along both axes than the one before, from a single point on",
    arguments: [
      (SIMD2(1, 1), [SIMD2(2, 2), SIMD2(3, 3)]), (SIMD2(2, 1), [SIMD2(3, 2), SIMD2(4, 3)]),
      (SIMD2(3, 2), [SIMD2(5, 3), SIMD2(6, 4)]),
    ] as [(SIMD2<Int>, [SIMD2<Int>])])
  func denserMeshes(mesh: SIMD2<Int>, expected: [SIMD2<Int>]) throws {
    let steps = ConvergenceStudy.steps(of: try simulation(tilt: .zero, mesh: mesh))
    #expect(steps.filter { $0.parameter == .mesh }.map(\.simulation.conditions.mesh) == expected)
  }

  /// What the study says of a step is what two simulations say, image by image.
  @Test func changesAreThoseOfTheImages() throws {
    let chosen = try simulation(tilt: TiltAngles(alpha: 5, beta: 3, gamma: -4))
    let study = ConvergenceStudy(of: chosen, threads: 2)
    #expect(study.changes.map(\.step.parameter) == [.grid, .grid, .slices, .slices, .slices, .mesh, .mesh])
    #expect(study.error(in: .slices) > 1e-4)
    let finer = try #require(study.changes.first)
    var conditions = chosen.conditions
    conditions.samplingA = 0.16 / 1.5
    let again = BlochPRISM(cell: chosen.cell, conditions: conditions)
    #expect(again.grid == finer.step.simulation.grid)
    let (coarse, fine) = (chosen.spectra(threads: 2), again.spectra(threads: 2))
    for t in 0..<2 {
      let difference = relativeDifference(
        coarse[0][t][0].image(nx: 40, ny: 60)[...], fine[0][t][0].image(nx: 40, ny: 60)[...])
      #expect(abs(difference - finer.fromChosen[0][t]) < 1e-3 * difference)
    }
    #expect(study.changes.last?.fromFinest.joined().allSatisfy { $0 == 0 } == true)
    let squares = DiscretisationParameter.allCases.map { pow(study.error(in: $0), 2) }
    #expect(abs(study.totalError - squares.reduce(0, +).squareRoot()) < 1e-12)
  }
}
