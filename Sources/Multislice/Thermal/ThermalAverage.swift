// SPDX-License-Identifier: GPL-3.0-or-later

/// The mean of several runs with independent displacements, and how far it is still from the mean of all.
public struct ThermalAverage: Sendable {
  /// `[detector][thickness][probe]`.
  public let mean: [[[ImageSpectrum]]]
  /// Root mean square over the image of the mean's standard error, in per cent of the image's contrast, `[detector][thickness]`
  /// for the first probe; nil with a single run.
  public let standardErrorPercent: [[Double]]?
  /// Of the first run.
  public let simulation: BlochPRISM

  /// Run n has the seed of `conditions.motion` plus n; without motion there is nothing to average and one run is made. In a
  /// `supercell` of x × y cells all atoms move by themselves, and the images are the means of its cells.
  public init(
    cell: CrystalCell, supercell: SIMD2<Int> = SIMD2(1, 1), conditions: ImagingConditions, passes: Int,
    threads: Int = 1, progress: @Sendable (Double) -> Void = { _ in }
  ) {
    precondition(passes > 0, "an average of something")
    let tiled = cell.tiled(SIMD3(supercell.x, supercell.y, 1))
    simulation = BlochPRISM(cell: tiled, conditions: conditions)
    let runs = conditions.motion == nil ? 1 : passes
    let all = (0..<runs).map { run in
      var own = conditions
      own.motion?.seed &+= UInt64(run)
      return BlochPRISM(cell: tiled, conditions: own).spectra(threads: threads) {
        progress((Double(run) + $0) / Double(runs))
      }
      .map { $0.map { $0.map { $0.averaged(cellsX: supercell.x, cellsY: supercell.y) } } }
    }
    let mean = all[0].indices.map { d in
      all[0][d].indices.map { t in all[0][d][t].indices.map { p in ImageSpectrum.mean(all.map { $0[d][t][p] }) } }
    }
    self.mean = mean
    guard runs > 1 else {
      standardErrorPercent = nil
      return
    }
    standardErrorPercent = mean.indices.map { d in
      mean[d].indices.map { t in
        let scatter = all.reduce(0) { $0 + ($1[d][t][0] - mean[d][t][0]).power }
        let variance = scatter / Double(runs * (runs - 1))
        return 100 * (variance / mean[d][t][0].contrastPower).squareRoot()
      }
    }
  }
}
