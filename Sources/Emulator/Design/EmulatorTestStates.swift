// SPDX-License-Identifier: GPL-3.0-or-later
import Multislice

/// What an emulator is compared with: simulations at tilts, mistilts, thicknesses and defoci that it has not learnt from,
/// with more thermal configurations than those it has.
struct EmulatorTestStates {
  private let simulator: FamilySimulator
  /// nm: every third node, every other one of them half a period thinner. There the crystal ends in the same layer one
  /// column further, which is another crystal: the emulator is held to the whole periods only (`isWhole`). Ranges of fewer
  /// than five periods have one, and whole.
  let thicknessesNm: [Double]
  let defociA: [Double]

  init(_ simulator: FamilySimulator) {
    self.simulator = simulator
    let all = simulator.thicknessesNm
    let half = (all.last ?? 0) / Double(simulator.periods.upperBound) / 2
    thicknessesNm =
      all.count < 5
      ? [all[all.count / 2]]
      : stride(from: 1, to: all.count, by: 3).enumerated().map { n, index in
        all[index] - (n.isMultiple(of: 2) ? half : 0)
      }
    defociA = [-0.9, -0.45, 0, 0.3, 0.75].map { $0 * simulator.design.defocusLimitA }
  }

  func isWhole(_ thickness: Int) -> Bool { thicknessesNm.count == 1 || !thickness.isMultiple(of: 2) }

  /// States of one view of one test.
  var statesPerView: Int { thicknessesNm.count * defociA.count }

  /// `[mean of half the runs][view][thickness][defocus]`: the two means differ by their statistical errors alone. Static
  /// atoms have none, and both are the same.
  func simulate(
    _ index: Int, threads: Int, progress: @escaping @Sendable (Double) -> Void = { _ in }
  ) -> [ImageSpectrum] {
    let isStatic = simulator.family.temperatureK == nil
    let runs = isStatic ? 2 : SimulationPlan.testRuns
    var point = simulator.design.testPoint(index)
    var halves: [[[ImageSpectrum]]] = [[], []]
    for run in 0..<(isStatic ? 1 : runs) {
      point.seed = UInt64(EmulatorDesign.firstTest + index * SimulationPlan.testRuns + run)
      let spectra = simulator.spectra(point, thicknessesNm: thicknessesNm, defociA: defociA, threads: threads) {
        progress((Double(run) + $0) / Double(isStatic ? 1 : runs))
      }
      halves[run % 2].append(spectra)
      if isStatic { halves[1].append(spectra) }
    }
    return halves.flatMap { half in half[0].indices.map { n in ImageSpectrum.mean(half.map { $0[n] }) } }
  }
}
