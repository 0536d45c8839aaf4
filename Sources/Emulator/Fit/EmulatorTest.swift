// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Multislice

/// Compares an emulator with simulations that it has not learnt from.
struct EmulatorTest {
  let emulator: Emulator
  let store: SimulationStore

  func run(_ numbers: [Int], progress: (Int) -> Void) throws(EmulatorError) -> EmulatorTestErrors {
    let simulator = emulator.simulator
    let states = EmulatorTestStates(simulator)
    let perHalf = FamilySimulator.viewCount * states.statesPerView
    var workspace = emulator.makeWorkspace()
    var errors: [Double] = []
    var (noise2, true2, stated2) = (0.0, 0.0, 0.0)
    for (n, number) in numbers.enumerated() {
      progress(n)
      let item = SimulationItem(family: emulator.family, index: number, isTest: true)
      guard let spectra = store.load(item, layout: simulator.layout, count: 2 * perHalf) else {
        throw .badFile(
          path: store.path(item), expected: "\(2 * perHalf) spectra", found: "another size or a damaged file")
      }
      let point = store.design.testPoint(number)
      for index in 0..<perHalf {
        let node = index % states.statesPerView
        let mistilt = index < states.statesPerView ? .zero : point.mistiltMrad
        let state = ImagingState(
          tilt: point.tilt, thicknessNm: states.thicknessesNm[node / states.defociA.count],
          defocusA: states.defociA[node % states.defociA.count], sourceFWHMA: 0, mistiltMrad: mistilt,
          startingLayer: point.startingLayer)
        emulator.amplitudes(state, workspace: &workspace)
        let truth = emulator.layout.amplitudes(ImageSpectrum.mean([spectra[index], spectra[perHalf + index]]))
        let error = Self.percentOfContrast(workspace.amplitudes, truth)
        // Half the difference of two independent means is as uncertain as their mean.
        let halves = [spectra[index], spectra[perHalf + index]].map { emulator.layout.amplitudes($0) }
        let noise = Self.percentOfContrast(halves[0], halves[1]) / 2
        let stated = emulator.statedErrorPercent(
          point.tilt, mistiltMrad: mistilt, startingLayer: point.startingLayer)
        errors.append(error)
        noise2 += noise * noise
        true2 += error * error - noise * noise
        stated2 += stated * stated
      }
    }
    let count = Double(max(1, errors.count))
    return EmulatorTestErrors(
      simulations: numbers.count * FamilySimulator.viewCount, images: errors.count,
      medianPercent: errors.sorted()[errors.count / 2], worstPercent: errors.max() ?? 0,
      statisticalPercent: (noise2 / count).squareRoot(),
      errorOverStated: (max(true2, 0) / max(stated2, 1e-30)).squareRoot())
  }

  /// Vectors are amplitudes (`AmplitudeLayout`): lengths are rms values, the first entry is the mean.
  static func percentOfContrast(_ image: [Float], _ truth: [Float]) -> Double {
    let square = zip(image, truth).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
    let contrast = truth.dropFirst().reduce(0) { $0 + Double($1) * Double($1) }
    return 100 * (square / contrast).squareRoot()
  }
}
