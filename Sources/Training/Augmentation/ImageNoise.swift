// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// What the detector adds to an image.
struct ImageNoise {
  /// Electrons on a pixel where the whole beam would reach the detector.
  var electronsPerPixel: Double
  /// Relative rms spread of the response to one electron.
  var gainNoise: Double
  /// Weight of each neighbour in a three-tap filter along x and y on the noise alone; 0 for white noise.
  var correlation: Double
  /// nil for a fast detector.
  var lag: DetectorLag? = nil

  /// Below so many electrons a pixel is counted by the Poisson distribution; above, a normal one of the same variance stands
  /// for it, whose lack of skewness (0.18 here) is far below what shot noise on a pixel can show.
  private static let fewElectrons = 30.0

  /// Replaces fractions of the beam by noisy ones. `scratch` holds two more images.
  func apply(
    _ pixels: UnsafeMutablePointer<Float>, width: Int, height: Int, scratch: UnsafeMutablePointer<Float>,
    random: inout SeededRandom
  ) {
    let count = width * height
    let inverse = 1 / electronsPerPixel
    let variance = gainNoise * gainNoise
    NormalTable.shared.withNumbers { normal in
      for i in 0..<count {
        let mean = Double(max(pixels[i], 0)) * electronsPerPixel
        if mean < Self.fewElectrons {
          var electrons = random.poisson(mean)
          if variance > 0 { electrons += (variance * electrons).squareRoot() * random.gaussian() }
          scratch[i] = Float((electrons - mean) * inverse)
        } else {
          scratch[i] = Float((mean * (1 + variance)).squareRoot() * inverse) * normal(random.next())
        }
      }
    }
    if correlation > 0 { smooth(scratch, width: width, height: height, other: scratch + count) }
    lag?.smear(scratch, width: width, height: height)
    for i in 0..<count { pixels[i] += scratch[i] }
  }

  /// [w, 1 − 2w, w] along x, then y; the edge repeats.
  private func smooth(
    _ values: UnsafeMutablePointer<Float>, width: Int, height: Int, other: UnsafeMutablePointer<Float>
  ) {
    let w = Float(correlation)
    let c = 1 - 2 * w
    for y in 0..<height {
      let row = values + y * width
      let out = other + y * width
      for x in 0..<width { out[x] = c * row[x] + w * (row[max(x - 1, 0)] + row[min(x + 1, width - 1)]) }
    }
    for y in 0..<height {
      let above = other + max(y - 1, 0) * width
      let below = other + min(y + 1, height - 1) * width
      for x in 0..<width { values[y * width + x] = c * other[y * width + x] + w * (above[x] + below[x]) }
    }
  }
}
