// SPDX-License-Identifier: GPL-3.0-or-later
import CTIFF
import GlazerCore

/// Writes grey TIFF files of one or more pages.
public enum TiffWriter {
  public enum Storage: Sendable {
    /// Rounded, clamped to 0...65535. An image with missing (NaN) pixels is refused: the type has no value for them.
    case uint16
    case float32
  }

  /// Where a strip ends: about 64 KiB, what the TIFF 6.0 specification asks for, scaled to today's memories.
  private static let stripBytes = 1 << 16

  /// Writes the pages to `path`, aside first and then renamed. The pixel size goes into the description
  /// (`{"pixel_size_nm": …}`) and into the resolution tags (per centimetre).
  public static func write(
    _ pages: [Image], to path: String, as storage: Storage, pixelSizeNm: Double? = nil
  ) throws(TiffError) {
    guard !pages.isEmpty else { throw .cannotWrite(path: path, reason: "no pages") }
    var writer = try TiffStackWriter(path: path, as: storage)
    do throws(TiffError) {
      for page in pages { try writer.append(page, pixelSizeNm: pixelSizeNm) }
    } catch {
      writer.discard()
      throw error
    }
    try writer.finish()
  }

  /// Adds one page to an open file.
  static func write(
    _ page: Image, to tiff: borrowing TiffHandle, path: String, as storage: Storage, pixelSizeNm: Double?
  ) throws(TiffError) {
    guard page.width > 0, page.height > 0 else { throw .cannotWrite(path: path, reason: "an image without pixels") }
    setTags(of: tiff, for: page, as: storage, pixelSizeNm: pixelSizeNm)
    try writeStrips(of: page, to: tiff, path: path, as: storage)
    guard TIFFWriteDirectory(tiff.raw) == 1 else {
      throw .cannotWrite(path: path, reason: tiff.diagnostics.firstError ?? "cannot write a page directory")
    }
  }

  private static func setTags(
    of tiff: borrowing TiffHandle, for page: Image, as storage: Storage, pixelSizeNm: Double?
  ) {
    func set(_ tag: Int32, _ value: Int) { _ = glazer_tiff_set_u32(tiff.raw, UInt32(tag), UInt32(value)) }
    set(TIFFTAG_IMAGEWIDTH, page.width)
    set(TIFFTAG_IMAGELENGTH, page.height)
    set(TIFFTAG_SAMPLESPERPIXEL, 1)
    set(TIFFTAG_BITSPERSAMPLE, storage.byteCount * 8)
    set(TIFFTAG_SAMPLEFORMAT, Int(storage == .uint16 ? SAMPLEFORMAT_UINT : SAMPLEFORMAT_IEEEFP))
    set(TIFFTAG_PHOTOMETRIC, Int(PHOTOMETRIC_MINISBLACK))
    set(TIFFTAG_PLANARCONFIG, Int(PLANARCONFIG_CONTIG))
    set(TIFFTAG_ROWSPERSTRIP, rowsPerStrip(page, storage))
    guard let pixelSizeNm, pixelSizeNm > 0 else { return }
    _ = glazer_tiff_set_string(
      tiff.raw, UInt32(TIFFTAG_IMAGEDESCRIPTION), "{\"pixel_size_nm\": \(pixelSizeNm)}")
    set(TIFFTAG_RESOLUTIONUNIT, Int(RESUNIT_CENTIMETER))
    _ = glazer_tiff_set_double(tiff.raw, UInt32(TIFFTAG_XRESOLUTION), 1e7 / pixelSizeNm)
    _ = glazer_tiff_set_double(tiff.raw, UInt32(TIFFTAG_YRESOLUTION), 1e7 / pixelSizeNm)
  }

  private static func rowsPerStrip(_ page: Image, _ storage: Storage) -> Int {
    max(1, min(page.height, stripBytes / (page.width * storage.byteCount)))
  }

  private static func writeStrips(
    of page: Image, to tiff: borrowing TiffHandle, path: String, as storage: Storage
  ) throws(TiffError) {
    let rows = rowsPerStrip(page, storage)
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: rows * page.width * storage.byteCount, alignment: 16)
    defer { bytes.deallocate() }
    for (strip, row) in stride(from: 0, to: page.height, by: rows).enumerated() {
      let pixels = page.pixels[row * page.width..<min(row + rows, page.height) * page.width]
      for (i, value) in pixels.enumerated() {
        switch storage {
        case .float32: bytes.storeBytes(of: value, toByteOffset: i * 4, as: Float.self)
        case .uint16:
          guard !value.isNaN else {
            throw .cannotWrite(path: path, reason: "16-bit pixels cannot hold a missing (NaN) pixel; use float32")
          }
          bytes.storeBytes(of: UInt16(min(max(value.rounded(), 0), 65535)), toByteOffset: i * 2, as: UInt16.self)
        }
      }
      let count = tmsize_t(pixels.count * storage.byteCount)
      guard TIFFWriteEncodedStrip(tiff.raw, UInt32(strip), bytes.baseAddress, count) == count else {
        throw .cannotWrite(path: path, reason: tiff.diagnostics.firstError ?? "cannot write strip \(strip)")
      }
    }
  }
}

extension TiffWriter.Storage {
  fileprivate var byteCount: Int { self == .uint16 ? 2 : 4 }
}
