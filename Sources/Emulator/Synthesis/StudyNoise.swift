// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// Frames without a crystal: white noise, few electrons, noise that neighbours share, and noisy lines.
public enum StudyNoise {
  /// Image `number` of an endless series, 64 to 512 pixels a side.
  public static func image(_ number: Int) -> Image {
    var random = SeededRandom(seed: 0x0153, stream: UInt64(number))
    let sides = [64, 96, 128, 200, 256, 384, 512]
    let (width, height) = (sides[number % 7], sides[(number / 7) % 7])
    var image = Image(width: width, height: height)
    let smooth = SmoothNoise(seed: UInt64(number), length: random.uniform(2, 12))
    for y in 0..<height {
      let line = random.gaussian()
      for x in 0..<width {
        let p = Vector2(Double(x), Double(y))
        let value =
          switch number % 4 {
          case 0: 1000 + 50 * random.gaussian()
          case 1: random.poisson(3)
          case 2: 1000 + 43 * smooth.value(at: p) + 20 * random.gaussian()
          default: 1000 + 30 * line + 30 * random.gaussian() + 0.5 * Double(x)
          }
        image[x, y] = Float(value)
      }
    }
    return image
  }
}
