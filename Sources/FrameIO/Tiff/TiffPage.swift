// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// One page of a TIFF file.
public struct TiffPage: Sendable, Equatable {
  /// Stored values as float32; NaN where a float pixel is NaN or infinite (missing).
  public var image: Image
  public var pixelType: PixelType
  /// Values at or above this are saturated; nil for float pixels.
  public var saturationLevel: Float?
  /// From the image description or the resolution tags; nil when the file says nothing credible.
  public var pixelSizeNm: Double?
  /// Text of the ImageDescription tag.
  public var description: String?
}
