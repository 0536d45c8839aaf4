// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// The length that a scale bar shows: a round number near a quarter of the picture.
public struct ScaleBar: Sendable, Equatable {
  public var lengthNm: Double
  public var lengthPx: Double

  /// For a picture `widthPx` wide whose pixels measure `pixelSizeNm`.
  public init(widthPx: Double, pixelSizeNm: Double) {
    lengthNm = RoundNumber.below(0.3 * widthPx * pixelSizeNm)
    lengthPx = lengthNm / pixelSizeNm
  }

  /// In nm, or in Å below half a nanometre.
  public var label: String {
    lengthNm < 0.5 ? String(format: "%g Å", 10 * lengthNm) : String(format: "%g nm", lengthNm)
  }
}

/// 1, 2 and 5 times powers of ten.
enum RoundNumber {
  /// The largest one that is not above `value` (> 0).
  static func below(_ value: Double) -> Double {
    let power = pow(10, log10(value).rounded(.down))
    // A hair of tolerance, so that 0.9999999 counts as 1.
    let mantissa = value / power * (1 + 1e-9)
    return power * (mantissa >= 10 ? 10 : mantissa >= 5 ? 5 : mantissa >= 2 ? 2 : 1)
  }
}

extension Raster {
  /// Draws the bar with its label centred above it; (x, y) is the lower left corner.
  mutating func draw(_ bar: ScaleBar, x: Int, y: Int, textScale: Int, _ colour: RGB = .black) {
    let thickness = 3 * textScale
    let width = Int(bar.lengthPx.rounded())
    fillRectangle(x: x, y: y - thickness, width: width, height: thickness, colour)
    drawText(
      bar.label, x: x + width / 2, y: y - thickness - 10 * textScale, scale: textScale, colour, anchor: .middle)
  }
}
