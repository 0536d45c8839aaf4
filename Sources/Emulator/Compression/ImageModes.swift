// SPDX-License-Identifier: GPL-3.0-or-later
import Multislice

/// How far a family's images are compressed; shares are mean squares relative to the images' contrast.
struct CompressionLimits: Sendable {
  /// Share that each axis (thickness, defocus, harmonics) may lose.
  var discarded = 1e-6
  var thicknessModes = 16
  var defocusModes = 8
  /// Of each class.
  var harmonicModes = 56
  var components = 64
}

/// The axes of a family's images after compression: what an image is at any thickness and defocus, from few numbers.
///
/// Amplitudes are divided by the mean contrast of their node, so that thin crystals count as much as thick ones.
struct ImageModes: Sendable {
  let thicknessCount: Int
  let defocusCount: Int
  /// `[thickness][defocus]`.
  let contrast: [Float]
  let thickness: LeadingModes
  let defocus: LeadingModes
  /// One a class.
  let harmonics: [LeadingModes]

  /// Length of one class's core: [thickness mode][defocus mode][harmonic mode].
  func coreCount(_ imageClass: ImageClass) -> Int {
    thickness.count * defocus.count * harmonics[imageClass.rawValue].count
  }

  /// `images[class]` is [sample][thickness][defocus][entry] of raw amplitudes; they are scaled in place.
  init(
    scaling images: inout [[Float]], samples: Int, thicknessCount: Int, defocusCount: Int, layout: AmplitudeLayout,
    limits: CompressionLimits
  ) throws(EmulatorError) {
    self.thicknessCount = thicknessCount
    self.defocusCount = defocusCount
    let nodes = thicknessCount * defocusCount
    let contrast = Self.contrasts(images, samples: samples, nodes: nodes, layout: layout)
    for imageClass in ImageClass.allCases {
      let entries = layout.count(imageClass)
      for row in 0..<samples * nodes {
        let scale = 1 / contrast[row % nodes]
        for n in 0..<entries { images[imageClass.rawValue][row * entries + n] *= scale }
      }
    }
    self.contrast = contrast
    let total = Double(samples * nodes)
    var byThickness = [Double](repeating: 0, count: thicknessCount * thicknessCount)
    var byDefocus = [Double](repeating: 0, count: defocusCount * defocusCount)
    for imageClass in ImageClass.allCases {
      let x = images[imageClass.rawValue]
      let entries = layout.count(imageClass)
      LeadingModes.add(x, slabs: samples, size: thicknessCount, inner: defocusCount * entries, to: &byThickness)
      LeadingModes.add(x, slabs: samples * thicknessCount, size: defocusCount, inner: entries, to: &byDefocus)
    }
    thickness = try LeadingModes(
      gram: byThickness, size: thicknessCount, discarded: limits.discarded * total, limit: limits.thicknessModes)
    defocus = try LeadingModes(
      gram: byDefocus, size: defocusCount, discarded: limits.discarded * total, limit: limits.defocusModes)
    var harmonics: [LeadingModes] = []
    for imageClass in ImageClass.allCases {
      let entries = layout.count(imageClass)
      let gram = Self.innerGram(images[imageClass.rawValue], rows: samples * nodes, entries: entries)
      harmonics.append(
        try LeadingModes(
          gram: gram, size: entries, discarded: limits.discarded * total / 8, limit: limits.harmonicModes))
    }
    self.harmonics = harmonics
  }

  init(
    thicknessCount: Int, defocusCount: Int, contrast: [Float], thickness: LeadingModes, defocus: LeadingModes,
    harmonics: [LeadingModes]
  ) {
    (self.thicknessCount, self.defocusCount, self.contrast) = (thicknessCount, defocusCount, contrast)
    (self.thickness, self.defocus, self.harmonics) = (thickness, defocus, harmonics)
  }

  /// Scaled amplitudes [sample][thickness][defocus][entry] of one class as cores [sample][core].
  func cores(_ images: [Float], samples: Int, _ imageClass: ImageClass) -> [Float] {
    let modes = harmonics[imageClass.rawValue]
    var x = modes.project(images, slabs: samples * thicknessCount * defocusCount, inner: 1)
    x = defocus.project(x, slabs: samples * thicknessCount, inner: modes.count)
    return thickness.project(x, slabs: samples, inner: defocus.count * modes.count)
  }

  /// Xᵀ X of rows [entries].
  private static func innerGram(_ x: [Float], rows: Int, entries: Int) -> [Double] {
    // Blocks of rows keep single precision good enough for sums over many of them.
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
  private static func contrasts(_ images: [[Float]], samples: Int, nodes: Int, layout: AmplitudeLayout) -> [Float] {
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
