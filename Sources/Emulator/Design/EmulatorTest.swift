// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Multislice

/// Compares an emulator with simulations of tilts that it has not learnt from, at its nodes and halfway between them.
struct EmulatorTest {
  let emulator: Emulator
  let store: SimulationStore
  let threads: Int

  func run(progress: (Int) -> Void) throws(EmulatorError) -> EmulatorTestErrors {
    let layout = emulator.layout
    var fine = emulator.design
    fine.thicknessesNm = Self.withMidpoints(fine.thicknessesNm)
    fine.defociA = Self.withMidpoints(fine.defociA)
    let count = fine.thicknessesNm.count * fine.defociA.count * layout.count
    var workspace = emulator.makeWorkspace()
    var atNodes: [Double] = []
    var between: [Double] = []
    for index in 0..<emulator.design.testCount {
      progress(index)
      let tilt = emulator.design.tilt(emulator.design.trainingCount + index)
      let name = "test-\(emulator.design.trainingCount + index)"
      let truth: [Float]
      if let stored = store.load(name, count: count) {
        truth = stored
      } else {
        truth = try fine.simulate(tilt, threads: threads).flatMap { $0.flatMap(layout.vector) }
        try store.save(truth, name: name)
      }
      let thicknesses = try fine.makeSimulation(tilt).exactThicknessesNm
      for (t, thickness) in thicknesses.enumerated() {
        for (d, defocus) in fine.defociA.enumerated() {
          let state = ImagingState(tilt: tilt, thicknessNm: thickness, defocusA: defocus, sourceFWHMA: 0)
          emulator.harmonics(state, workspace: &workspace)
          let offset = (t * fine.defociA.count + d) * layout.count
          let error = Self.percentOfContrast(workspace.vector, truth[offset..<offset + layout.count])
          if t.isMultiple(of: 2), d.isMultiple(of: 2) { atNodes.append(error) } else { between.append(error) }
        }
      }
    }
    return EmulatorTestErrors(
      simulations: emulator.design.testCount, medianPercent: Self.median(atNodes), worstPercent: atNodes.max() ?? 0,
      medianBetweenNodesPercent: Self.median(between), worstBetweenNodesPercent: between.max() ?? 0)
  }

  /// Vectors are image spectra (`SpectrumLayout`): lengths are rms values, the first entry is the mean.
  private static func percentOfContrast(_ image: [Float], _ truth: ArraySlice<Float>) -> Double {
    let square = zip(image, truth).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
    let contrast = truth.dropFirst().reduce(0) { $0 + Double($1) * Double($1) }
    return 100 * (square / contrast).squareRoot()
  }

  private static func withMidpoints(_ nodes: [Double]) -> [Double] {
    zip(nodes, nodes.dropFirst()).flatMap { [$0, ($0 + $1) / 2] } + nodes.suffix(1)
  }

  private static func median(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.sorted()[values.count / 2]
  }
}
