// SPDX-License-Identifier: GPL-3.0-or-later
import CTIFF

/// What the tags of a page say about its pixels, checked against what glazer reads.
struct TiffLayout {
  var width: Int
  var height: Int
  var pixelType: PixelType
  /// Small values are white (photometric interpretation 0): integers are inverted.
  var isInverted: Bool
  /// Tile size in pixels, or nil for strips.
  var tile: (width: Int, height: Int)?

  static let expected = "one grey sample per pixel, 8/16/32-bit integer or 32/64-bit float"

  init(of tiff: borrowing TiffHandle, path: String, page: Int, fileSize: Int) throws(TiffError) {
    func damaged(_ reason: String) -> TiffError { .damaged(path: path, page: page, reason: reason) }
    func unsupported(_ found: String) -> TiffError {
      .unsupported(path: path, page: page, found: found, expected: Self.expected)
    }
    guard let width32 = tiff.unsigned32(TIFFTAG_IMAGEWIDTH), let height32 = tiff.unsigned32(TIFFTAG_IMAGELENGTH) else {
      throw damaged(tiff.diagnostics.firstError ?? "no image size")
    }
    (width, height) = (Int(width32), Int(height32))
    let sides = 1...TiffReader.largestSide
    guard sides.contains(width), sides.contains(height), width * height <= TiffReader.largestPixelCount else {
      throw .tooLarge(path: path, page: page, width: width, height: height)
    }

    let samples = tiff.unsigned16(TIFFTAG_SAMPLESPERPIXEL) ?? 1
    guard samples == 1 else { throw unsupported("\(samples) samples per pixel") }
    let bits = tiff.unsigned16(TIFFTAG_BITSPERSAMPLE) ?? 1
    let format = Int32(tiff.unsigned16(TIFFTAG_SAMPLEFORMAT) ?? UInt16(SAMPLEFORMAT_UINT))
    guard let type = Self.pixelType(bits: bits, format: format) else {
      throw unsupported("\(bits)-bit samples of format \(format)")
    }
    pixelType = type

    switch Int32(tiff.unsigned16(TIFFTAG_PHOTOMETRIC) ?? UInt16(PHOTOMETRIC_MINISBLACK)) {
    case PHOTOMETRIC_MINISBLACK: isInverted = false
    case PHOTOMETRIC_MINISWHITE: isInverted = type.saturationLevel != nil
    case let other: throw unsupported("photometric interpretation \(other) (not grey)")
    }

    let compression = Int32(tiff.unsigned16(TIFFTAG_COMPRESSION) ?? UInt16(COMPRESSION_NONE))
    guard TIFFIsCODECConfigured(UInt16(compression)) == 1 else { throw unsupported("compression \(compression)") }
    // No codec shrinks by more than this: a few bytes cannot make glazer allocate a large image.
    let largestRatio = compression == COMPRESSION_NONE ? 1 : 4096
    guard width * height * type.byteCount <= fileSize * largestRatio else {
      throw damaged("\(width) x \(height) \(type.rawValue) pixels do not fit in a file of \(fileSize) bytes")
    }

    if TIFFIsTiled(tiff.raw) != 0 {
      guard let tileWidth = tiff.unsigned32(TIFFTAG_TILEWIDTH), let tileHeight = tiff.unsigned32(TIFFTAG_TILELENGTH),
        tileWidth > 0, tileHeight > 0, tileWidth <= 1 << 14, tileHeight <= 1 << 14
      else { throw damaged("tile size is missing or beyond 16384 pixels") }
      tile = (Int(tileWidth), Int(tileHeight))
    } else {
      tile = nil
    }
  }

  private static func pixelType(bits: UInt16, format: Int32) -> PixelType? {
    switch (bits, format) {
    case (8, SAMPLEFORMAT_UINT): .uint8
    case (16, SAMPLEFORMAT_UINT): .uint16
    case (32, SAMPLEFORMAT_UINT): .uint32
    case (16, SAMPLEFORMAT_INT): .int16
    case (32, SAMPLEFORMAT_INT): .int32
    case (32, SAMPLEFORMAT_IEEEFP): .float32
    case (64, SAMPLEFORMAT_IEEEFP): .float64
    default: nil
    }
  }
}
