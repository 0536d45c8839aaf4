// SPDX-License-Identifier: GPL-3.0-or-later
import Multislice

/// The simulations of a family as amplitudes, with the state of each: every simulation gives a sample without mistilt and
/// one for each of its mistilts.
struct DesignImages {
  /// [class][sample][thickness][defocus][entry].
  var images: [[Float]]
  let points: [EmulatorInput]
  /// Samples of one simulation.
  let views: Int
  /// Of the simulations, in the order of the samples.
  let numbers: [Int]

  init(
    store: SimulationStore, simulator: FamilySimulator, kind: SimulationItem.Kind, numbers: [Int],
    progress: (Int) -> Void
  ) throws(EmulatorError) {
    let layout = simulator.amplitudeLayout
    let nodes = simulator.thicknessesNm.count * store.design.defocusNodes
    let isMeanWave = kind == .meanWave
    let views = FamilySimulator.viewCount(isMeanWave: isMeanWave)
    self.views = views
    self.numbers = numbers
    var images = ImageClass.allCases.map { imageClass in
      var list: [Float] = []
      list.reserveCapacity(numbers.count * views * nodes * layout.count(imageClass))
      return list
    }
    var points: [EmulatorInput] = []
    for (n, number) in numbers.enumerated() {
      progress(n)
      let item = SimulationItem(family: simulator.family, index: number, kind: kind)
      guard let spectra = store.load(item, layout: simulator.layout, count: views * nodes) else {
        throw .badFile(
          path: store.path(item), expected: "\(views * nodes) spectra of \(simulator.layout.count) numbers",
          found: "another size or a damaged file; remove it and simulate again")
      }
      let state = store.design.point(number)
      for mistilt in simulator.mistiltsMrad(state, isMeanWave: isMeanWave) {
        points.append(
          EmulatorInput(tilt: state.tilt, mistiltMrad: mistilt, startingLayer: state.startingLayer))
      }
      for imageClass in ImageClass.allCases {
        for spectrum in spectra { images[imageClass.rawValue] += layout.amplitudes(spectrum, imageClass) }
      }
    }
    self.images = images
    self.points = points
  }
}
