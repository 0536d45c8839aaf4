// SPDX-License-Identifier: GPL-3.0-or-later
import Multislice

/// How far a family's images are compressed; shares are mean squares relative to the images' contrast.
struct CompressionLimits: Sendable {
  /// Share that the nodes, and that the harmonics of each class, may lose: 0.1 and 0.07 % of contrast.
  var discardedNodes = 1e-6
  var discardedHarmonics = 5e-7
  var nodeModes = 64
  /// Of each class.
  var harmonicModes = 80
  /// Principal components of the images (of the mean wave where there is one).
  var components = 256
  /// Share that the weakest of them hold together and are left out for, and the same of what displacements add: 0.07 % of contrast each.
  /// Every class that is left without any makes renderings faster.
  var discardedComponents = 5e-7
}

/// The axes of a family's images after compression: what an image is at the nodes of thickness and defocus, from few
/// numbers.
///
/// Thickness and defocus are one axis: what they do is much alike, and 45 modes for both together hold as much as 16 · 8 for
/// each by itself. Amplitudes are divided by the mean contrast of their node, so that thin crystals count as much as thick ones.
struct ImageModes: Sendable {
  let thicknessCount: Int
  let defocusCount: Int
  /// `[thickness][defocus]`.
  let contrast: [Float]
  /// Over thickness and defocus.
  let nodes: LeadingModes
  /// One a class; `none` of those that the images do not have.
  let harmonics: [LeadingModes]

  /// Length of one class's core: [node mode][harmonic mode].
  func coreCount(_ imageClass: ImageClass) -> Int { nodes.count * harmonics[imageClass.rawValue].count }

  /// The modes of `images[class]`, [sample][thickness][defocus][entry], amplitudes that are divided by `contrast`.
  init(
    of images: [[Float]], samples: Int, contrast: [Float], thicknessCount: Int, defocusCount: Int,
    layout: AmplitudeLayout, limits: CompressionLimits
  ) throws(EmulatorError) {
    let count = thicknessCount * defocusCount
    let total = Double(samples * count)
    var byNode = [Double](repeating: 0, count: count * count)
    for imageClass in ImageClass.allCases {
      LeadingModes.add(
        images[imageClass.rawValue], slabs: samples, size: count, inner: layout.count(imageClass), to: &byNode)
    }
    let nodes = try LeadingModes(
      gram: byNode, size: count, discarded: limits.discardedNodes * total, limit: limits.nodeModes)
    var harmonics: [LeadingModes] = []
    for imageClass in ImageClass.allCases {
      let entries = layout.count(imageClass)
      guard entries > 0 else {
        harmonics.append(.none)
        continue
      }
      let gram = Self.innerGram(images[imageClass.rawValue], rows: samples * count, entries: entries)
      harmonics.append(
        try LeadingModes(
          gram: gram, size: entries, discarded: limits.discardedHarmonics * total, limit: limits.harmonicModes))
    }
    self.init(
      thicknessCount: thicknessCount, defocusCount: defocusCount, contrast: contrast, nodes: nodes, harmonics: harmonics
    )
  }

  init(thicknessCount: Int, defocusCount: Int, contrast: [Float], nodes: LeadingModes, harmonics: [LeadingModes]) {
    (self.thicknessCount, self.defocusCount, self.contrast) = (thicknessCount, defocusCount, contrast)
    (self.nodes, self.harmonics) = (nodes, harmonics)
  }

  /// Scaled amplitudes [sample][thickness][defocus][entry] of one class as cores [sample][core].
  func cores(_ images: [Float], samples: Int, _ imageClass: ImageClass) -> [Float] {
    let modes = harmonics[imageClass.rawValue]
    let x = modes.project(images, slabs: samples * thicknessCount * defocusCount, inner: 1)
    return nodes.project(x, slabs: samples, inner: modes.count)
  }

  /// Divides `images` by the contrast of their node, in place.
  static func scale(_ images: inout [[Float]], samples: Int, contrast: [Float], layout: AmplitudeLayout) {
    for imageClass in ImageClass.allCases {
      let entries = layout.count(imageClass)
      for row in 0..<samples * contrast.count {
        let scale = 1 / contrast[row % contrast.count]
        for n in 0..<entries { images[imageClass.rawValue][row * entries + n] *= scale }
      }
    }
  }

  /// Xᵀ X of rows [entries].
  private static func innerGram(_ x: [Float], rows: Int, entries: Int) -> [Double] {
    // Blocks of rows keep what is copied small.
    var gram = [Double](repeating: 0, count: entries * entries)
    let block = 512
    for first in stride(from: 0, to: rows, by: block) {
      let count = min(block, rows - first)
      var transposed = [Float](repeating: 0, count: entries * count)
      for row in 0..<count { for n in 0..<entries { transposed[n * count + row] = x[(first + row) * entries + n] } }
      LeadingModes.add(transposed, slabs: 1, size: entries, inner: count, to: &gram)
    }
    return gram
  }

  /// Mean contrast of each node's images: the rms of everything but the constant.
  static func contrasts(_ images: [[Float]], samples: Int, nodes: Int, layout: AmplitudeLayout) -> [Float] {
    var sums = [Double](repeating: 0, count: nodes)
    for imageClass in ImageClass.allCases {
      let entries = layout.count(imageClass)
      let first = imageClass == .even ? 1 : 0
      guard first < entries else { continue }
      for row in 0..<samples * nodes {
        var sum = Float(0)
        for n in first..<entries {
          let value = images[imageClass.rawValue][row * entries + n]
          sum += value * value
        }
        sums[row % nodes] += Double(sum)
      }
    }
    return sums.map { Float(max($0 / Double(max(1, samples)), 1e-12).squareRoot()) }
  }
}
