// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// A micrograph as a picture: grey levels between the 0.5 and 99.5 percentiles, enlarged or reduced to a readable size.
struct GreyPicture {
  /// Picture pixels per image pixel.
  let scale: Double
  let width: Int
  let height: Int
  private let image: Image
  private let levels: ClosedRange<Float>

  /// The longer side becomes about `side` pixels; small images are enlarged by whole factors, so that pixels stay square.
  init(_ image: Image, side: Int = 1000) {
    self.image = image
    let longest = Double(max(image.width, image.height, 1))
    let wanted = Double(side) / longest
    scale = wanted >= 1 ? max(1, wanted.rounded()) : max(wanted, 1 / (1 / wanted).rounded(.up))
    width = max(1, Int((Double(image.width) * scale).rounded()))
    height = max(1, Int((Double(image.height) * scale).rounded()))
    levels = Self.levels(image)
  }

  /// Where an image position appears in the picture.
  func picture(_ p: Vector2) -> Vector2 { Vector2((p.x + 0.5) * scale - 0.5, (p.y + 0.5) * scale - 0.5) }

  /// Draws at (x, y). Missing pixels are drawn in a flat blue-grey that no grey level has.
  func draw(into raster: inout Raster, x x0: Int, y y0: Int) {
    for y in 0..<height {
      for x in 0..<width {
        let value = sample((Double(x) + 0.5) / scale - 0.5, (Double(y) + 0.5) / scale - 0.5)
        guard value.isFinite else {
          raster.blend(RGB(96, 104, 128), x: x0 + x, y: y0 + y)
          continue
        }
        let t = (value - levels.lowerBound) / max(levels.upperBound - levels.lowerBound, .leastNormalMagnitude)
        raster.blend(RGB(grey: UInt8(255 * min(1, max(0, t)))), x: x0 + x, y: y0 + y)
      }
    }
  }

  /// Bilinear where the picture is enlarged, a mean over the pixel's area where it is reduced.
  private func sample(_ x: Double, _ y: Double) -> Float {
    guard scale < 1 else {
      let (cx, cy) = (min(max(x, 0), Double(image.width - 1)), min(max(y, 0), Double(image.height - 1)))
      let (x0, y0) = (Int(cx), Int(cy))
      let (x1, y1) = (min(x0 + 1, image.width - 1), min(y0 + 1, image.height - 1))
      let (tx, ty) = (Float(cx - Double(x0)), Float(cy - Double(y0)))
      let upper = image[x0, y0] + tx * (image[x1, y0] - image[x0, y0])
      let lower = image[x0, y1] + tx * (image[x1, y1] - image[x0, y1])
      return upper + ty * (lower - upper)
    }
    let half = 0.5 / scale
    var (sum, count) = (Float(0), Float(0))
    for row in stride(from: max(0, Int(y - half + 0.5)), through: min(image.height - 1, Int(y + half)), by: 1) {
      for column in stride(from: max(0, Int(x - half + 0.5)), through: min(image.width - 1, Int(x + half)), by: 1) {
        sum += image[column, row]
        count += 1
      }
    }
    return sum / count
  }

  private static func levels(_ image: Image) -> ClosedRange<Float> {
    // Every n-th pixel is enough for percentiles.
    let step = max(1, image.pixels.count / 100_000)
    let values = stride(from: 0, to: image.pixels.count, by: step).map { image.pixels[$0] }.filter(\.isFinite).sorted()
    guard let first = values.first, let last = values.last, last > first else { return 0...1 }
    let low = values[values.count / 200]
    let high = values[values.count - 1 - values.count / 200]
    return low < high ? low...high : first...last
  }
}
