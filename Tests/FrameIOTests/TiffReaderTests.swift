// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import TestSupport
import Testing

@Suite struct TiffReaderTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  struct Layout: CustomTestStringConvertible, Sendable {
    var bits: Int
    var format: Int
    var type: PixelType
    var bigEndian: Bool
    var tiled: Bool
    var testDescription: String { "\(type) \(bigEndian ? "MM" : "II") \(tiled ? "tiles" : "strips")" }

    static let all: [Layout] = [
      (8, 1, PixelType.uint8), (16, 1, .uint16), (32, 1, .uint32), (16, 2, .int16), (32, 2, .int32), (32, 3, .float32),
      (64, 3, .float64),
    ].flatMap { bits, format, type in
      [(false, false), (false, true), (true, false), (true, true)].map {
        Layout(bits: bits, format: format, type: type, bigEndian: $0.0, tiled: $0.1)
      }
    }
  }

  @Test(arguments: Layout.all) func readsEveryLayout(_ layout: Layout) throws {
    func expected(_ x: Int, _ y: Int) -> Float { Float((x * 7 + y * 13) % 101) }
    let page = TiffBytes.Page(
      width: 37, height: 21, bits: layout.bits, format: layout.format, tile: layout.tiled ? (16, 16) : nil
    ) { x, y in
      switch layout.type {
      case .float32: UInt64(expected(x, y).bitPattern)
      case .float64: Double(expected(x, y)).bitPattern
      default: UInt64(expected(x, y))
      }
    }
    let path = try folder.write(TiffBytes.file([page], bigEndian: layout.bigEndian), to: "a.tif")
    let read = try TiffReader.read(path: path)
    #expect(read.pixelType == layout.type)
    #expect(read.image.width == 37 && read.image.height == 21)
    for y in 0..<21 { for x in 0..<37 { #expect(read.image[x, y] == expected(x, y)) } }
  }

  @Test func saturationLevels() throws {
    for (bits, format, level) in [(8, 1, Float(255)), (16, 1, 65535), (32, 3, nil)] {
      let page = TiffBytes.Page(width: 4, height: 4, bits: bits, format: format) { _, _ in 0 }
      let path = try folder.write(TiffBytes.file([page]), to: "a.tif")
      #expect(try TiffReader.read(path: path).saturationLevel == level)
    }
  }

  @Test func whiteIsZeroIsInverted() throws {
    let page = TiffBytes.Page(width: 2, height: 2, bits: 8, photometric: 0) { x, y in UInt64(10 * x + y) }
    let path = try folder.write(TiffBytes.file([page]), to: "a.tif")
    #expect(try TiffReader.read(path: path).image.pixels == [255, 245, 254, 244])
  }

  @Test func missingFloatPixelsAreNaN() throws {
    let values: [Float] = [1, .nan, .infinity, -.infinity]
    let page = TiffBytes.Page(width: 4, height: 1, bits: 32, format: 3) { x, _ in UInt64(values[x].bitPattern) }
    let path = try folder.write(TiffBytes.file([page]), to: "a.tif")
    let pixels = try TiffReader.read(path: path).image.pixels
    #expect(pixels[0] == 1)
    #expect(pixels[1...].allSatisfy { $0.isNaN })
  }

  @Test func severalPagesOfDifferentSize() throws {
    let pages = (1...5).map { n in
      TiffBytes.Page(width: n, height: 2 * n, bits: 16) { x, y in UInt64(1000 * n + 10 * y + x) }
    }
    let path = try folder.write(TiffBytes.file(pages), to: "a.tif")
    let reader = try TiffReader(path: path)
    #expect(reader.pageCount == 5)
    for n in [5, 1, 3, 2, 4] {
      let page = try reader.read(page: n - 1)
      #expect(page.image.width == n && page.image.height == 2 * n)
      #expect(page.image[n - 1, 2 * n - 1] == Float(1000 * n + 10 * (2 * n - 1) + n - 1))
    }
    #expect(throws: TiffError.noSuchPage(path: path, page: 5, pageCount: 5)) {
      try TiffReader.read(path: path, page: 5)
    }
  }

  @Test(
    arguments: [
      ("9.326270 pm/px; values unchanged", nil, 0.009326270),
      ("values unchanged", nil, nil),
      (#"{"pixel_size_nm": 0.0125, "other": 3}"#, nil, 0.0125),
      ("pixel_size_pm=12.5;voltage=200", nil, 0.0125),
      (#"{"last_pixel_size_nm": 3}"#, nil, nil),
      ("ImageJ=1.53t\nunit=nm\n", (80, 1), 0.0125),
      ("ImageJ=1.53t\nunit=pixel\n", (80, 1), nil),
      (#"<OME><Pixels PhysicalSizeX="12.5" PhysicalSizeXUnit="pm"/></OME>"#, nil, 0.0125),
      (#"<OME><Pixels PhysicalSizeX="0.0000125"/></OME>"#, nil, 0.0125),
      (nil, (800_000_000, 3), 0.0125),
      (nil, (1_016_000_000, 2), 0.025),
      (nil, (72, 2), nil),
      (nil, (1, 1), nil),
      ("pixel_size_nm=nan", nil, nil),
      ("pixel_size_nm=-1", nil, nil),
    ] as [(String?, (UInt32, Int)?, Double?)])
  func pixelSizes(_ description: String?, _ resolution: (UInt32, Int)?, _ expected: Double?) throws {
    let page = TiffBytes.Page(
      width: 2, height: 2, bits: 8, description: description, resolution: resolution.map { ($0.0, $0.1) }
    ) { _, _ in 0 }
    let path = try folder.write(TiffBytes.file([page]), to: "a.tif")
    let size = try TiffReader.read(path: path).pixelSizeNm
    if let expected {
      #expect(abs(try #require(size) - expected) < 1e-6 * expected)
    } else {
      #expect(size == nil)
    }
  }

  /// ImageJ and OME describe a series on its first page.
  @Test func laterPagesHaveThePixelSizeOfTheFirst() throws {
    var pages = (0..<3).map { _ in TiffBytes.Page(width: 2, height: 2, bits: 8) { _, _ in 0 } }
    pages[0].description = "pixel_size_nm=0.01"
    pages[2].description = "pixel_size_nm=0.02"
    let reader = try TiffReader(path: try folder.write(TiffBytes.file(pages), to: "a.tif"))
    for (page, size) in [(1, 0.01), (2, 0.02), (0, 0.01)] { #expect(try reader.read(page: page).pixelSizeNm == size) }
  }

  @Test(.enabled(if: SharedData.hasMicrographs, "needs ../shared/realdata"))
  func realMicrographs() throws {
    let images = SharedData.micrographs.appendingPathComponent("images")
    for (name, width, height, sizeNm) in [
      ("test_ABF_cropped.u16.tif", 380, 400, 0.00932627), ("16_STOimage_1.u16.tif", 1024, 1024, 0.010012704),
      ("example_Au_nanoparticle.u16.tif", 2048, 2048, 0.007498401),
    ] {
      let page = try TiffReader.read(path: images.appendingPathComponent(name).path)
      #expect(page.image.width == width && page.image.height == height)
      #expect(page.pixelType == .uint16)
      #expect(abs(try #require(page.pixelSizeNm) - sizeNm) < 1e-9)
    }
    let abf = try TiffReader.read(path: images.appendingPathComponent("test_ABF_cropped.u16.tif").path)
    #expect(abf.image.pixels.min() == 1034 && abf.image.pixels.max() == 4688)
  }
}
