// SPDX-License-Identifier: GPL-3.0-or-later
import Multislice

/// What an emulator is compared with: simulations at tilts, mistilts and defoci that it has not learnt from, with more
/// thermal configurations than those it has.
struct EmulatorTestStates {
  private let simulator: FamilySimulator
  /// nm: every sixth node, or the middle one of fewer than five.
  let thicknessesNm: [Double]
  let defociA: [Double]

  init(_ simulator: FamilySimulator) {
    self.simulator = simulator
    let all = simulator.thicknessesNm
    thicknessesNm =
      all.count < 5 ? [all[all.count / 2]] : stride(from: 4, to: all.count, by: 6).map { all[$0] }
    defociA = [-0.9, -0.45, 0, 0.3, 0.75].map { $0 * simulator.design.defocusLimitA }
  }

  /// States of one view of one test.
  var statesPerView: Int { thicknessesNm.count * defociA.count }

  /// `[mean of half the runs][view][thickness][defocus]`: the two means differ by their statistical errors alone. Static
  /// atoms have none, and both are the same.
  func simulate(
    _ index: Int, threads: Int, progress: @escaping @Sendable (Double) -> Void = { _ in }
  ) -> [ImageSpectrum] {
    let isStatic = simulator.family.temperatureK == nil
    let runs = isStatic ? 1 : SimulationPlan.testRuns
    var point = simulator.design.testPoint(index)
    var halves: [[[ImageSpectrum]]] = [[], []]
    for run in 0..<runs {
      point.seed = UInt64(EmulatorDesign.firstTest + index * SimulationPlan.testRuns + run)
      let spectra = simulator.spectra(point, thicknessesNm: thicknessesNm, defociA: defociA, threads: threads) {
        progress((Double(run) + $0) / Double(runs))
      }
      for half in isStatic ? [0, 1] : [run % 2] { halves[half].append(spectra) }
    }
    return halves.flatMap { half in half[0].indices.map { n in ImageSpectrum.mean(half.map { $0[n] }) } }
  }
}
