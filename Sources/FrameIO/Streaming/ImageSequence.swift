// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// All pages of some TIFF files in order, as raw pixels for the wire. Every file is opened at the start, so that a bad one is
/// known before anything is sent; pages stay in memory after their first use as long as they fit.
public final class ImageSequence {
  public struct Page: Sendable {
    public var width: Int
    public var height: Int
    public var pixelType: PixelType
    public var pixelSizeNm: Double?
    /// Raw pixels, little-endian, C order.
    public var bytes: [UInt8]
  }

  /// Most bytes of pages kept.
  static let largestCache = 512 << 20

  private let places: [(path: String, page: Int)]
  private var kept: [Int: Page] = [:]
  private var keptByteCount = 0
  private var encoder = FrameEncoder()

  public init(paths: [String]) throws(TiffError) {
    var places: [(path: String, page: Int)] = []
    for path in paths {
      let reader = try TiffReader(path: path)
      for page in 0..<reader.pageCount { places.append((path, page)) }
    }
    self.places = places
  }

  public var count: Int { places.count }

  public func page(_ index: Int) throws(TiffError) -> Page {
    if let page = kept[index] { return page }
    let place = places[index]
    let read = try TiffReader.read(path: place.path, page: place.page)
    guard FrameDecoder.sides.contains(read.image.width), FrameDecoder.sides.contains(read.image.height) else {
      throw .unsupported(
        path: place.path, page: place.page, found: "\(read.image.width) x \(read.image.height) pixels",
        expected: "\(FrameDecoder.sides.lowerBound) to \(FrameDecoder.sides.upperBound) a side for a frame")
    }
    encoder.encodePixels(of: read.image, as: read.pixelType)
    let page = Page(
      width: read.image.width, height: read.image.height, pixelType: read.pixelType, pixelSizeNm: read.pixelSizeNm,
      bytes: encoder.pixels)
    if keptByteCount + page.bytes.count <= Self.largestCache {
      kept[index] = page
      keptByteCount += page.bytes.count
    }
    return page
  }
}
