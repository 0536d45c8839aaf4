// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Multislice

/// Compares an emulator with simulations that it has not learnt from.
public struct EmulatorTest {
  private let emulator: Emulator
  private let store: SimulationStore
  private let numbers: [Int]

  /// Throws where the store's simulations are of another instrument or other ranges than the emulator's, or hold no test of its family.
  public init(_ emulator: Emulator, store: SimulationStore) throws(EmulatorError) {
    try Self.check(emulator.design, of: emulator.family, store: store)
    numbers = store.indices(emulator.family, .test)
    guard !numbers.isEmpty else {
      throw .badDesign(
        what: "tests of \(emulator.family) in \(store.folder)",
        expected: "some ('glazer emulate simulate --tests')", found: "none")
    }
    // The factor between errors and stated ones is to be that of the processes themselves.
    self.emulator = try emulator.tested(nil)
    self.store = store
  }

  /// Throws, with what differs, where the store's simulations are of another design.
  public static func check(
    _ design: EmulatorDesign, of family: CrystalFamily, store: SimulationStore
  ) throws(EmulatorError) {
    let differences = design.differences(from: store.design)
    guard differences.isEmpty else {
      throw .badDesign(
        what: "design of the tests in \(store.folder)",
        expected: "that of the emulator of \(family): "
          + differences.map { "\($0.name) \($0.own)" }.joined(separator: ", "),
        found: differences.map { "\($0.name) \($0.other)" }.joined(separator: ", "))
    }
  }

  public func run(progress: (Double) -> Void) throws(EmulatorError) -> EmulatorTestErrors {
    let states = EmulatorTestStates(emulator.simulator)
    let perHalf = FamilySimulator.viewCount(isMeanWave: false) * states.statesPerView
    var workspace = emulator.makeWorkspace()
    var errors: [Double] = []
    var trueSquares: [Double] = []
    var (noise2, stated2) = (0.0, 0.0)
    let byState = Dictionary(grouping: numbers) { $0 % EmulatorDesign.mostTests }
    for (n, (state, repeats)) in byState.sorted(by: { $0.key < $1.key }).enumerated() {
      progress(Double(n) / Double(byState.count))
      let spectra = try means(of: repeats, count: 2 * perHalf)
      let point = store.design.testPoint(state)
      for index in 0..<perHalf {
        let node = index % states.statesPerView
        let mistilt = index < states.statesPerView ? .zero : point.mistiltMrad
        let state = ImagingState(
          tilt: point.tilt, thicknessNm: states.thicknessesNm[node / states.defociA.count],
          defocusA: states.defociA[node % states.defociA.count], sourceFWHMA: 0, mistiltMrad: mistilt,
          startingLayer: point.startingLayer)
        emulator.amplitudes(state, workspace: &workspace)
        let halves = [spectra[index], spectra[perHalf + index]].map { emulator.layout.amplitudes($0) }
        let truth = zip(halves[0], halves[1]).map { ($0 + $1) / 2 }
        let error = Self.percentOfContrast(workspace.amplitudes, truth)
        // Half the difference of two independent means is as uncertain as their mean.
        let noise = Self.percentOfContrast(halves[0], halves[1]) / 2
        let stated = emulator.statedErrorPercent(
          point.tilt, mistiltMrad: mistilt, startingLayer: point.startingLayer)
        errors.append(error)
        // (e − h₁)·(e − h₂) = |e − (h₁ + h₂)/2|² − |h₁ − h₂|²/4: free of the noise in the mean.
        trueSquares.append(error * error - noise * noise)
        noise2 += noise * noise
        stated2 += stated * stated
      }
    }
    let count = Double(max(1, errors.count))
    func root(_ square: Double) -> Double { max(0, square).squareRoot() }
    return EmulatorTestErrors(
      simulations: byState.count * FamilySimulator.viewCount(isMeanWave: false), images: errors.count,
      medianPercent: errors.sorted()[errors.count / 2], worstPercent: errors.max() ?? 0,
      statisticalPercent: (noise2 / count).squareRoot(),
      medianWithoutNoisePercent: root(trueSquares.sorted()[errors.count / 2]),
      worstWithoutNoisePercent: root(trueSquares.max() ?? 0),
      errorOverStated: root(trueSquares.reduce(0, +) / max(stated2, 1e-30)))
  }

  /// Means over the repeats of one state.
  private func means(of repeats: [Int], count: Int) throws(EmulatorError) -> [ImageSpectrum] {
    var all: [[ImageSpectrum]] = []
    for number in repeats {
      let item = SimulationItem(family: emulator.family, index: number, kind: .test)
      guard let spectra = store.load(item, layout: emulator.simulator.layout, count: count) else {
        throw .badFile(path: store.path(item), expected: "\(count) spectra", found: "another size or a damaged file")
      }
      all.append(spectra)
    }
    return (0..<count).map { n in ImageSpectrum.mean(all.map { $0[n] }) }
  }

  /// Vectors are amplitudes (`AmplitudeLayout`): lengths are rms values, the first entry is the mean.
  static func percentOfContrast(_ image: [Float], _ truth: [Float]) -> Double {
    let square = zip(image, truth).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
    let contrast = truth.dropFirst().reduce(0) { $0 + Double($1) * Double($1) }
    return 100 * (square / contrast).squareRoot()
  }
}
