// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import Testing

@Suite struct TiffWriterTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func noise(width: Int, height: Int, seed: UInt64) -> Image {
    var random = SeededRandom(seed: seed)
    return Image(
      width: width, height: height, pixels: (0..<width * height).map { _ in Float(random.uniform(0, 65535)) })
  }

  @Test func floatPagesComeBackBitForBit() throws {
    var pages = (0..<3).map { noise(width: 300 + $0, height: 130, seed: UInt64($0)) }
    pages[1][5, 6] = .nan
    let path = folder.path("a.tif")
    try TiffWriter.write(pages, to: path, as: .float32, pixelSizeNm: 0.0123)
    let reader = try TiffReader(path: path)
    #expect(reader.pageCount == 3)
    for (i, page) in pages.enumerated() {
      let read = try reader.read(page: i)
      #expect(read.image.width == page.width && read.image.height == page.height)
      #expect(read.image.pixels.map(\.bitPattern) == page.pixels.map(\.bitPattern))
      #expect(read.pixelSizeNm == 0.0123)
    }
    #expect(folder.names == ["a.tif"])
  }

  @Test func sixteenBitPagesAreRoundedAndClamped() throws {
    let page = Image(width: 5, height: 1, pixels: [-3, 0.4, 0.6, 65534.6, 1e9])
    let path = folder.path("a.tif")
    try TiffWriter.write([page], to: path, as: .uint16)
    #expect(try TiffReader.read(path: path).image.pixels == [0, 0, 1, 65535, 65535])
  }

  @Test func aRefusedImageLeavesNothingBehind() throws {
    let page = Image(width: 2, height: 2, fill: .nan)
    #expect(throws: TiffError.self) { try TiffWriter.write([page], to: folder.path("a.tif"), as: .uint16) }
    #expect(throws: TiffError.self) { try TiffWriter.write([], to: folder.path("a.tif"), as: .uint16) }
    #expect(throws: TiffError.self) { try TiffWriter.write([page], to: "/nowhere/a.tif", as: .float32) }
    #expect(folder.names.isEmpty)
  }
}
