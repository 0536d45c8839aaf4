// SPDX-License-Identifier: GPL-3.0-or-later

/// What displaced atoms add to the mean wave of the same state, as cores, for every view of the simulations.
///
/// Where a state's own mean wave was simulated, it is subtracted, which leaves nothing of its fine structure. Elsewhere the emulated one
/// is: it is off by a few tenths of a per cent, the displacements of a single simulation by two, so that the many simulations without
/// a mean wave of their own are nearly as good to average over, at half the price.
struct DisplacementField {
  /// `cores[class]` is [view][core], views as in the simulations.
  let cores: [[Float]]

  /// `set` and `waves` are scaled; `mean` and `groups` are the emulator of the mean waves.
  init(set: DesignImages, waves: DesignImages, modes: ImageModes, mean: [Float], groups: [ComponentGroup]) {
    let samples = set.points.count
    var cores = ImageClass.allCases.map { modes.cores(set.images[$0.rawValue], samples: samples, $0) }
    let own = ImageClass.allCases.map { modes.cores(waves.images[$0.rawValue], samples: waves.points.count, $0) }
    let position = Dictionary(uniqueKeysWithValues: waves.numbers.enumerated().map { ($1, $0) })
    for sample in 0..<samples {
      let wave = position[set.numbers[sample / set.views]].map { $0 * waves.views + sample % set.views }
      let emulated = wave == nil ? Self.cores(at: set.points[sample], modes: modes, mean: mean, groups: groups) : []
      for imageClass in ImageClass.allCases {
        let (c, size) = (imageClass.rawValue, modes.coreCount(imageClass))
        for n in 0..<size { cores[c][sample * size + n] -= wave.map { own[c][$0 * size + n] } ?? emulated[c][n] }
      }
    }
    self.cores = cores
  }

  /// The emulated cores of every class.
  private static func cores(
    at point: EmulatorInput, modes: ImageModes, mean: [Float], groups: [ComponentGroup]
  ) -> [[Float]] {
    var result = ImageClass.allCases.map { [Float](repeating: 0, count: modes.coreCount($0)) }
    for n in mean.indices { result[ImageClass.even.rawValue][n] = mean[n] }
    for group in groups {
      var row = [Double](repeating: 0, count: group.processes.covariance.kernel.paddedCount)
      var means = [Double](repeating: 0, count: group.cores.count)
      group.processes.means(at: point, row: &row, into: &means)
      for (core, factor) in zip(group.cores, means) {
        for n in core.indices { result[group.imageClass.rawValue][n] += Float(factor) * core[n] }
      }
    }
    return result
  }
}
