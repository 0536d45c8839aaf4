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
    fine.thicknessesNm = try fine.wholePeriods(Self.withMidpoints(fine.thicknessesNm))
    fine.defociA = Self.withMidpoints(fine.defociA)
    var workspace = emulator.makeWorkspace()
    var atNodes: [Double] = []
    var between: [Double] = []
    for index in 0..<emulator.design.testCount {
      progress(index)
      let number = emulator.design.trainingCount + index
      let tilt = emulator.design.tilt(number)
      let truth = try store.simulation("test-\(number)", design: fine, tilt: tilt, threads: threads)
      for (t, thickness) in fine.thicknessesNm.enumerated() {
        for (d, defocus) in fine.defociA.enumerated() {
          let state = ImagingState(tilt: tilt, thicknessNm: thickness, defocusA: defocus, sourceFWHMA: 0)
          emulator.amplitudes(state, workspace: &workspace)
          let expected = MirrorClass.allCases.flatMap {
            layout.amplitudes(truth[t * fine.defociA.count + d], $0)
          }
          let error = Self.percentOfContrast(workspace.vector, expected)
          if t.isMultiple(of: 2), d.isMultiple(of: 2) { atNodes.append(error) } else { between.append(error) }
        }
      }
    }
    return EmulatorTestErrors(
      simulations: emulator.design.testCount, medianPercent: Self.median(atNodes), worstPercent: atNodes.max() ?? 0,
      medianBetweenNodesPercent: Self.median(between), worstBetweenNodesPercent: between.max() ?? 0)
  }

  /// Vectors are amplitudes (`MirrorLayout`): lengths are rms values, the first entry is the mean.
  private static func percentOfContrast(_ image: [Float], _ truth: [Float]) -> Double {
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
