// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Multislice
import TestSupport
import Testing

@testable import Emulator

/// An emulator of two parts, the mean wave and what displacements add to it, on the tiny design.
@Suite("Fitting with mean waves")
struct MeanWaveFitTests {
  @Test("the parts add up to the simulations, and go through a file")
  func parts() throws {
    let family = CrystalFamily(material: "SrTiO3", pattern: "---", temperatureK: 293)
    let folder = try TemporaryDirectory()
    let store = try SimulationStore(folder: folder.file("store"), design: TinyRun.design)
    // Three simulations have no mean wave of their own.
    _ = try SimulationPlan(families: [family], simulations: 12, meanWaves: 9, tests: 1, testRepeats: 2)
      .run(store: store, threads: 2) { _, _ in }
    let emulator = try EmulatorFit(
      store: store, family: family, components: 200, differenceComponents: 100, threads: 1
    ).run { _ in }
    #expect(emulator.meanWaveCount == 9 && emulator.simulationCount == 12)
    let sets = EmulatorTensors.pointSets(of: emulator)
    #expect(sets.map(\.count) == [36, 24])
    #expect(emulator.groups.map(\.processes.covariance.pairCorrelation).contains(EmulatorFit.pairCorrelation))
    let errors = try #require(emulator.testErrors)
    #expect(errors.simulations == 2 && errors.statisticalPercent > 0)
    #expect(errors.worstWithoutNoisePercent < errors.worstPercent)

    try EmulatorLibrary.write([emulator], path: folder.file("file.safetensors"))
    let read = try Emulator(path: folder.file("file.safetensors"))
    #expect(read.testErrors == errors && EmulatorTensors.pointSets(of: read).map(\.count) == [36, 24])
    let point = TinyRun.design.point(4)
    let state = ImagingState(
      tilt: point.tilt, thicknessNm: emulator.simulator.thicknessesNm[1], defocusA: 5, sourceFWHMA: 0,
      mistiltMrad: point.mistiltMrad, startingLayer: point.startingLayer)
    func amplitudes(_ emulator: Emulator) -> [Float] {
      var workspace = emulator.makeWorkspace()
      emulator.amplitudes(state, workspace: &workspace)
      return workspace.amplitudes
    }
    let loss = EmulatorTest.percentOfContrast(amplitudes(read), amplitudes(emulator))
    print("through the file: \(loss) % of contrast")
    #expect(loss < 0.5)

    // Both parts count: without the groups of the second the image is another, if by little: a dozen simulations teach hardly more than a mean.
    let first = try Emulator(
      family: family, design: emulator.design, modes: emulator.modes, mean: emulator.mean,
      groups: emulator.groups.filter { $0.processes.covariance.pairCorrelation == 0 },
      simulationCount: 12, meanWaveCount: 9, testErrors: nil)
    #expect(!first.groups.isEmpty && first.groups.count < emulator.groups.count)
    let part = EmulatorTest.percentOfContrast(amplitudes(first), amplitudes(emulator))
    print("the second part without its mean: \(part) % of contrast")
    #expect(part > 0.1 && part < 50)
  }
}
