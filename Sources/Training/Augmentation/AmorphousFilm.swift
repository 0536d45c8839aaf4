// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

#if canImport(Glibc)
  import Glibc
#endif

/// What an amorphous layer (contamination, damage by the ion beam) adds to an image: grains of a few tenths of a nanometre without order.
///
/// It has most of its power where the crystal has its superlattice, and little where neighbouring pixels tell the noise: the noise of an
/// experimental image of SrTiO3 is six times as strong between 0.2 and 0.5 Å⁻¹ as between 0.7 and 1.4 Å⁻¹
/// (tools/compare/noise_spectrum.py).
struct AmorphousFilm {
  /// rms of what it adds.
  var strength: Double
  /// Full width at half maximum of a grain, pixels.
  var grainPixels: Double

  private static let weight: Float = 1.0 / 3

  /// Adds the film to an image; `scratch` holds two more. O(pixels · grain²).
  func apply(
    _ pixels: UnsafeMutablePointer<Float>, width: Int, height: Int, scratch: UnsafeMutablePointer<Float>,
    random: inout SeededRandom
  ) {
    let count = width * height
    guard strength > 0, count > 0 else { return }
    NormalTable.shared.withNumbers { normal in
      for i in 0..<count { scratch[i] = normal(random.next()) }
    }
    // As many passes as make up the variance of a Gaussian of this width.
    let variance = grainPixels * grainPixels / (8 * log(2.0))
    let passes = max(1, Int((variance / Double(2 * Self.weight)).rounded()))
    for _ in 0..<passes {
      ThreeTapFilter(weight: Self.weight).apply(scratch, width: width, height: height, scratch: scratch + count)
    }
    var square = 0.0
    for i in 0..<count { square += Double(scratch[i]) * Double(scratch[i]) }
    let factor = Float(strength / (square / Double(count)).squareRoot())
    for i in 0..<count { pixels[i] += factor * scratch[i] }
  }
}
