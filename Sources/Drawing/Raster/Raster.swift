// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// A picture in memory: row-major, y down; the centre of the first pixel is (0, 0) as in images.
///
/// Everything may be drawn beyond the edges: what is outside is cut off.
public struct Raster: Sendable, Equatable {
  public let width: Int
  public let height: Int
  public private(set) var pixels: [RGB]

  public init(width: Int, height: Int, fill: RGB = .white) {
    precondition(width >= 0 && height >= 0, "a picture has no negative size")
    self.width = width
    self.height = height
    pixels = Array(repeating: fill, count: width * height)
  }

  public subscript(x: Int, y: Int) -> RGB {
    get { pixels[y * width + x] }
    set { pixels[y * width + x] = newValue }
  }

  /// Lays `colour` over one pixel; nothing outside the picture.
  public mutating func blend(_ colour: RGB, x: Int, y: Int, opacity: Double = 1) {
    guard x >= 0, y >= 0, x < width, y < height, opacity > 0 else { return }
    pixels[y * width + x] = pixels[y * width + x].covered(by: colour, opacity: opacity)
  }

  public mutating func fillRectangle(x: Int, y: Int, width: Int, height: Int, _ colour: RGB, opacity: Double = 1) {
    for row in max(0, y)..<max(0, y, min(self.height, y + height)) {
      for column in max(0, x)..<max(0, x, min(self.width, x + width)) {
        blend(colour, x: column, y: row, opacity: opacity)
      }
    }
  }
}
