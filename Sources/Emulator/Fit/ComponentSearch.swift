// SPDX-License-Identifier: GPL-3.0-or-later

/// The principal components of a family's compressed images, found class by class and kept by variance over all classes.
struct ComponentSearch {
  struct Candidate {
    let imageClass: ImageClass
    let core: [Float]
    /// One a sample.
    let coefficients: [Double]
    let variance: Double
  }

  /// Core of class `even`; the other classes have no mean because the symmetries cancel it.
  let mean: [Float]
  let components: [Candidate]

  /// `images[class]` is [sample][thickness][defocus][entry], scaled.
  init(images: [[Float]], modes: ImageModes, samples: Int, limits: CompressionLimits) throws(EmulatorError) {
    let cores = ImageClass.allCases.map { modes.cores(images[$0.rawValue], samples: samples, $0) }
    let nodes = modes.thicknessCount * modes.defocusCount
    try self.init(
      cores: cores, modes: modes, samples: samples, limit: limits.components,
      discarded: limits.discardedComponents * Double(samples * nodes))
  }

  /// `cores[class]` is [sample][core]. Of the strongest `limit` those are left out, the weakest first, that hold `discarded` together.
  init(
    cores: [[Float]], modes: ImageModes, samples: Int, limit: Int, discarded: Double = 0
  ) throws(EmulatorError) {
    var candidates: [Candidate] = []
    var mean: [Float] = []
    for imageClass in ImageClass.allCases {
      let dimension = modes.coreCount(imageClass)
      let own = cores[imageClass.rawValue]
      // A class that the symmetry of the pattern empties has nothing to find.
      guard own.contains(where: { $0 != 0 }) else { continue }
      let pca = try PrincipalComponents(
        own, dimension: dimension, components: min(limit, samples), centred: imageClass == .even)
      if imageClass == .even { mean = pca.mean }
      for c in 0..<pca.count {
        let coefficients = (0..<samples).map { pca.coefficients[$0 * pca.count + c] }
        candidates.append(
          Candidate(
            imageClass: imageClass, core: Array(pca.basis[c * dimension..<(c + 1) * dimension]),
            coefficients: coefficients, variance: coefficients.reduce(0) { $0 + $1 * $1 }))
      }
    }
    candidates.sort { $0.variance > $1.variance }
    self.mean = mean
    var kept = candidates.prefix(limit)
    var rest = discarded
    while let weakest = kept.last, kept.count > 1, weakest.variance <= rest {
      rest -= weakest.variance
      kept.removeLast()
    }
    components = Array(kept)
  }
}
