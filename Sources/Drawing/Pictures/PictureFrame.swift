// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// A micrograph on a white page with room for its furniture: a margin to the right, a footer with the scale bar and text.
struct PictureFrame {
  let grey: GreyPicture
  let textScale = 3
  /// Where the micrograph begins and ends on the page.
  let left = 16
  let top = 16
  let pageWidth: Int
  let pageHeight: Int

  /// `rightMargin` in font pixels.
  init(_ image: Image, rightMargin: Int) {
    grey = GreyPicture(image)
    pageWidth = left + grey.width + max(left, rightMargin * textScale)
    pageHeight = top + grey.height + 34 * textScale
  }

  var right: Int { left + grey.width }
  var bottom: Int { top + grey.height }

  /// Where an image position appears on the page.
  func position(_ p: Vector2) -> Vector2 { grey.picture(p) + Vector2(Double(left), Double(top)) }

  /// The page with the micrograph on it.
  func raster() -> Raster {
    var raster = Raster(width: pageWidth, height: pageHeight)
    grey.draw(into: &raster, x: left, y: top)
    return raster
  }

  /// Whitens what was drawn beyond the micrograph.
  func clip(_ raster: inout Raster) {
    raster.fillRectangle(x: 0, y: 0, width: pageWidth, height: top, .white)
    raster.fillRectangle(x: 0, y: bottom, width: pageWidth, height: pageHeight - bottom, .white)
    raster.fillRectangle(x: 0, y: 0, width: left, height: pageHeight, .white)
    raster.fillRectangle(x: right, y: 0, width: pageWidth - right, height: pageHeight, .white)
  }

  /// Scale bar at the left, lines of text at the right of it.
  func drawFooter(into raster: inout Raster, pixelSizeNm: Double, lines: [String]) {
    let bar = ScaleBar(widthPx: Double(grey.width), pixelSizeNm: pixelSizeNm / grey.scale)
    raster.draw(bar, x: left, y: pageHeight - 10 * textScale, textScale: textScale)
    let x = left + max(Int(bar.lengthPx), BitmapFont.width(of: bar.label, scale: textScale)) + 16 * textScale
    for (index, line) in lines.filter({ !$0.isEmpty }).enumerated() {
      raster.drawText(line, x: x, y: bottom + (8 + 12 * index) * textScale, scale: textScale)
    }
  }
}
