// SPDX-License-Identifier: GPL-3.0-or-later
import CTIFF
import Foundation
import GlazerCore

/// Reads grey TIFF files: 8/16/32-bit integers and 32/64-bit floats, one sample per pixel, any number of pages, strips or
/// tiles, either byte order, any compression that libtiff knows. A page is read whole or not at all.
public struct TiffReader: ~Copyable {
  /// Largest width or height, pixels.
  public static let largestSide = 32_768
  /// Most pixels in one page (1 GiB as float32).
  public static let largestPixelCount = 1 << 28
  /// Most pages in one file.
  public static let largestPageCount = 65_536

  public let path: String
  public let pageCount: Int
  private let tiff: TiffHandle
  private let fileSize: Int
  /// ImageJ and OME describe a whole series on its first page.
  private let firstPixelSizeNm: Double?

  /// Opens the file and walks its page directory. O(pages).
  public init(path: String) throws(TiffError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .cannotOpen(path: path, reason: String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .cannotOpen(path: path, reason: "not a regular file") }
    guard access(path, R_OK) == 0 else { throw .cannotOpen(path: path, reason: String(cString: strerror(errno))) }
    let diagnostics = TiffDiagnostics()
    guard let tiff = TiffHandle(path: path, mode: "rm", diagnostics: diagnostics) else {
      throw .notTiff(path: path, reason: diagnostics.firstError ?? "no TIFF header")
    }
    let count = Int(TIFFNumberOfDirectories(tiff.raw))
    if let error = diagnostics.firstError { throw .damaged(path: path, page: count, reason: error) }
    guard (1...Self.largestPageCount).contains(count) else {
      throw .damaged(path: path, page: 0, reason: "\(count) pages, expected 1 to \(Self.largestPageCount)")
    }
    self.path = path
    self.pageCount = count
    self.firstPixelSizeNm = TiffPixelSize.find(in: tiff)
    self.tiff = tiff
    self.fileSize = Int(status.st_size)
  }

  /// Reads one page of a file. For several pages of one file, keep a reader.
  public static func read(path: String, page: Int = 0) throws(TiffError) -> TiffPage {
    let reader = try TiffReader(path: path)
    return try reader.read(page: page)
  }

  /// Reads one page, counted from 0. O(pixels), and O(page) to find it.
  public func read(page: Int) throws(TiffError) -> TiffPage {
    guard (0..<pageCount).contains(page) else {
      throw .noSuchPage(path: path, page: page, pageCount: pageCount)
    }
    let diagnostics = tiff.diagnostics
    diagnostics.reset()
    guard TIFFSetDirectory(tiff.raw, UInt32(page)) == 1 else {
      throw .damaged(path: path, page: page, reason: diagnostics.firstError ?? "no such directory")
    }
    let layout = try TiffLayout(of: tiff, path: path, page: page, fileSize: fileSize)
    var image = Image(width: layout.width, height: layout.height)
    let failure = image.pixels.withUnsafeMutableBufferPointer { pixels in
      layout.tile == nil ? readStrips(layout, into: pixels) : readTiles(layout, into: pixels)
    }
    if let failure { throw .damaged(path: path, page: page, reason: diagnostics.firstError ?? failure) }
    if layout.isInverted, let white = layout.pixelType.saturationLevel {
      for i in image.pixels.indices { image.pixels[i] = white - image.pixels[i] }
    }
    return TiffPage(
      image: image, pixelType: layout.pixelType, saturationLevel: layout.pixelType.saturationLevel,
      pixelSizeNm: TiffPixelSize.find(in: tiff) ?? firstPixelSizeNm, description: tiff.string(TIFFTAG_IMAGEDESCRIPTION))
  }

  /// Returns what went wrong, or nil.
  private func readStrips(_ layout: TiffLayout, into pixels: UnsafeMutableBufferPointer<Float>) -> String? {
    let rowsPerStrip = min(Int(tiff.unsigned32(TIFFTAG_ROWSPERSTRIP) ?? .max), layout.height)
    guard rowsPerStrip > 0 else { return "strips of no rows" }
    let rowBytes = layout.width * layout.pixelType.byteCount
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: rowsPerStrip * rowBytes, alignment: 16)
    defer { buffer.deallocate() }
    for (strip, row) in stride(from: 0, to: layout.height, by: rowsPerStrip).enumerated() {
      let rows = min(rowsPerStrip, layout.height - row)
      let read = Int(TIFFReadEncodedStrip(tiff.raw, UInt32(strip), buffer.baseAddress, tmsize_t(rows * rowBytes)))
      guard read == rows * rowBytes else { return "strip \(strip) gave \(max(read, 0)) of \(rows * rowBytes) bytes" }
      PixelWidening.widen(
        UnsafeRawBufferPointer(rebasing: buffer[0..<read]), of: layout.pixelType, swapped: false,
        into: UnsafeMutableBufferPointer(rebasing: pixels[(row * layout.width)...]))
    }
    return nil
  }

  /// Returns what went wrong, or nil. Tiles at the right and lower edges are cut to the image.
  private func readTiles(_ layout: TiffLayout, into pixels: UnsafeMutableBufferPointer<Float>) -> String? {
    guard let (tileWidth, tileHeight) = layout.tile else { return "no tiles" }
    let rowBytes = tileWidth * layout.pixelType.byteCount
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: tileHeight * rowBytes, alignment: 16)
    defer { buffer.deallocate() }
    guard Int(TIFFTileSize(tiff.raw)) == buffer.count else { return "tile size does not fit its pixels" }
    for y in stride(from: 0, to: layout.height, by: tileHeight) {
      for x in stride(from: 0, to: layout.width, by: tileWidth) {
        let tile = TIFFComputeTile(tiff.raw, UInt32(x), UInt32(y), 0, 0)
        let read = Int(TIFFReadEncodedTile(tiff.raw, tile, buffer.baseAddress, tmsize_t(buffer.count)))
        guard read == buffer.count else { return "tile \(tile) gave \(max(read, 0)) of \(buffer.count) bytes" }
        let columns = min(tileWidth, layout.width - x)
        for row in 0..<min(tileHeight, layout.height - y) {
          let start = row * rowBytes
          PixelWidening.widen(
            UnsafeRawBufferPointer(rebasing: buffer[start..<start + columns * layout.pixelType.byteCount]),
            of: layout.pixelType, swapped: false,
            into: UnsafeMutableBufferPointer(rebasing: pixels[((y + row) * layout.width + x)...]))
        }
      }
    }
    return nil
  }
}
