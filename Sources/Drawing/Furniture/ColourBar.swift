// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// A vertical legend of a colour map with numbers beside it.
struct ColourBar {
  var map: ColourMap
  /// Values at the bottom and the top.
  var range: ClosedRange<Double>
  /// Written above.
  var title: String

  /// Values at even, round steps within the range: between four and eleven of them.
  var ticks: [Double] {
    let span = range.upperBound - range.lowerBound
    guard span > 0 else { return [range.lowerBound] }
    let step = RoundNumber.below(span / 4)
    let first = Int((range.lowerBound / step - 1e-9).rounded(.up))
    let last = Int((range.upperBound / step + 1e-9).rounded(.down))
    return (first...last).map { Double($0) * step }
  }

  /// A sign on every number of a signed scale, so that 2 and -2 are not confused.
  func label(_ tick: Double) -> String {
    let text = String(format: "%g", abs(tick) < 1e-12 ? 0 : tick)
    return range.lowerBound < 0 && tick > 1e-12 ? "+" + text : text
  }
}

extension Raster {
  /// Draws the bar in the given rectangle, its ticks to the right and its title above.
  mutating func draw(_ bar: ColourBar, x: Int, y: Int, width: Int, height: Int, textScale: Int) {
    for row in 0..<height {
      let t = 1 - (Double(row) + 0.5) / Double(height)
      fillRectangle(x: x, y: y + row, width: width, height: 1, bar.map.colour(t))
    }
    let span = bar.range.upperBound - bar.range.lowerBound
    for tick in bar.ticks {
      let t = span > 0 ? (tick - bar.range.lowerBound) / span : 0.5
      let row = y + Int((Double(height - 1) * (1 - t)).rounded())
      fillRectangle(x: x + width, y: row - textScale / 2, width: 3 * textScale, height: textScale, .black)
      drawText(
        bar.label(tick), x: x + width + 5 * textScale, y: row - BitmapFont.height(scale: textScale) / 2,
        scale: textScale)
    }
    drawText(bar.title, x: x, y: y - 16 * textScale, scale: textScale)
  }
}
