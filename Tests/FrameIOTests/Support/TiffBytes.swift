// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// Assembles uncompressed TIFF files byte by byte, independently of libtiff, in either byte order.
struct TiffBytes {
  struct Page {
    var width: Int
    var height: Int
    var bits: Int
    /// 1 unsigned, 2 signed, 3 float.
    var format = 1
    var photometric = 1
    var samplesPerPixel = 1
    var description: String?
    /// Pixels per unit and the unit's code (1 none, 2 inch, 3 cm).
    var resolution: (perUnit: UInt32, unit: Int)?
    /// Tile sides, or nil for strips of `rowsPerStrip` rows.
    var tile: (width: Int, height: Int)?
    var rowsPerStrip = 3
    /// Bit pattern of a pixel.
    var bitsOfPixel: (_ x: Int, _ y: Int) -> UInt64
  }

  var bigEndian: Bool
  private(set) var bytes: [UInt8] = []

  static func file(_ pages: [Page], bigEndian: Bool = false) -> [UInt8] {
    var file = TiffBytes(bigEndian: bigEndian)
    file.bytes = bigEndian ? [0x4D, 0x4D] : [0x49, 0x49]
    file.put(42, size: 2)
    var link = file.bytes.count
    file.put(0, size: 4)
    for page in pages { link = file.append(page, linkedFrom: link) }
    return file.bytes
  }

  private mutating func put(_ value: UInt64, size: Int) {
    for i in 0..<size { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(bigEndian ? size - 1 - i : i)))) }
  }

  private mutating func patch(_ value: Int, at offset: Int) {
    for i in 0..<4 { bytes[offset + i] = UInt8(truncatingIfNeeded: value >> (8 * (bigEndian ? 3 - i : i))) }
  }

  /// Returns the offset of the page's link to the next one.
  private mutating func append(_ page: Page, linkedFrom link: Int) -> Int {
    var blocks: [(offset: Int, count: Int)] = []
    let blockWidth = page.tile?.width ?? page.width
    let blockHeight = page.tile?.height ?? page.rowsPerStrip
    for y0 in stride(from: 0, to: page.height, by: blockHeight) {
      for x0 in stride(from: 0, to: page.width, by: blockWidth) {
        let start = bytes.count
        let rows = page.tile == nil ? min(blockHeight, page.height - y0) : blockHeight
        for y in y0..<y0 + rows {
          for x in x0..<x0 + blockWidth {
            let inside = x < page.width && y < page.height
            for _ in 0..<page.samplesPerPixel { put(inside ? page.bitsOfPixel(x, y) : 0, size: page.bits / 8) }
          }
        }
        blocks.append((start, bytes.count - start))
      }
    }
    var entries: [(tag: Int, type: Int, values: [Int])] = [
      (256, 4, [page.width]), (257, 4, [page.height]), (258, 3, [page.bits]), (259, 3, [1]),
      (262, 3, [page.photometric]), (277, 3, [page.samplesPerPixel]), (339, 3, [page.format]),
    ]
    if let text = page.description { entries.append((270, 2, Array(text.utf8).map(Int.init) + [0])) }
    if let resolution = page.resolution {
      entries.append((282, 5, [Int(resolution.perUnit), 1]))
      entries.append((296, 3, [resolution.unit]))
    }
    if let tile = page.tile {
      entries += [(322, 3, [tile.width]), (323, 3, [tile.height])]
      entries += [(324, 4, blocks.map(\.offset)), (325, 4, blocks.map(\.count))]
    } else {
      entries += [(278, 4, [page.rowsPerStrip]), (273, 4, blocks.map(\.offset)), (279, 4, blocks.map(\.count))]
    }
    entries.sort { $0.tag < $1.tag }

    var values: [[UInt8]] = []
    for entry in entries {
      var value = TiffBytes(bigEndian: bigEndian)
      for number in entry.values {
        value.put(UInt64(number), size: entry.type == 2 ? 1 : entry.type == 3 ? 2 : 4)
      }
      values.append(value.bytes)
    }
    var outside: [Int] = []
    for value in values {
      outside.append(bytes.count)
      if value.count > 4 { bytes += value }
    }
    if bytes.count % 2 == 1 { bytes.append(0) }
    patch(bytes.count, at: link)
    put(UInt64(entries.count), size: 2)
    for (i, entry) in entries.enumerated() {
      put(UInt64(entry.tag), size: 2)
      put(UInt64(entry.type), size: 2)
      put(UInt64(entry.type == 5 ? 1 : entry.values.count), size: 4)
      if values[i].count > 4 {
        put(UInt64(outside[i]), size: 4)
      } else {
        bytes += values[i] + [UInt8](repeating: 0, count: 4 - values[i].count)
      }
    }
    let next = bytes.count
    put(0, size: 4)
    return next
  }
}
