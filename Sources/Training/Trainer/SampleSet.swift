// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Inference

/// Samples drawn once and kept: 18 kB each for the standard patch.
public final class SampleSet {
  public let patch: PatchGeometry
  public let pixels: FloatBuffer
  public let truths: [SampleTruth]

  public init(
    sources: [some CellImageSource], ranges: AugmentationRanges, geometry: NormalisationGeometry, seed: UInt64,
    part: HoldOut, count: Int
  ) {
    patch = geometry.patch
    pixels = FloatBuffer(count: count * patch.count)
    let generator = SampleGenerator(sources: sources, ranges: ranges, geometry: geometry)
    var truths: [SampleTruth] = []
    truths.reserveCapacity(count)
    for n in 0..<count {
      truths.append(
        generator.draw(seed: seed, index: UInt64(n), part: part, into: pixels.base + n * patch.count))
    }
    self.truths = truths
  }

  public var count: Int { truths.count }
}
