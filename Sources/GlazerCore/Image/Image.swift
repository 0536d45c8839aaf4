// SPDX-License-Identifier: GPL-3.0-or-later

/// A grey image: row-major float32, `pixels[y * width + x]`, y down; missing pixels are NaN.
public struct Image: Sendable, Equatable {
  public private(set) var width: Int
  public private(set) var height: Int
  public var pixels: [Float]

  /// An image filled with one value. O(width · height).
  public init(width: Int, height: Int, fill: Float = 0) {
    precondition(width >= 0 && height >= 0, "an image has no negative size")
    self.width = width
    self.height = height
    self.pixels = Array(repeating: fill, count: width * height)
  }

  /// An image over existing pixels; `pixels.count` must be `width * height`.
  public init(width: Int, height: Int, pixels: [Float]) {
    precondition(pixels.count == width * height, "pixel count does not match the size")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  public subscript(x: Int, y: Int) -> Float {
    get { pixels[y * width + x] }
    set { pixels[y * width + x] = newValue }
  }

  /// Takes another size in place; allocates only when the image grows beyond what it ever held. Pixels are undefined after.
  public mutating func resize(width: Int, height: Int) {
    precondition(width >= 0 && height >= 0, "an image has no negative size")
    let count = width * height
    if count < pixels.count {
      pixels.removeLast(pixels.count - count)
    } else if count > pixels.count {
      pixels.append(contentsOf: repeatElement(0, count: count - pixels.count))
    }
    self.width = width
    self.height = height
  }
}
