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
    if correlation > 0 {
      ThreeTapFilter(weight: Float(correlation))
        .apply(scratch, width: width, height: height, scratch: scratch + count)
    }
    lag?.smear(scratch, width: width, height: height)
    for i in 0..<count { pixels[i] += scratch[i] }
  }
}
