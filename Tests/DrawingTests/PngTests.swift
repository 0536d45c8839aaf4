// SPDX-License-Identifier: GPL-3.0-or-later
import CPNG
import Drawing
import Foundation
import TestSupport
import Testing

@Suite("PNG files")
struct PngTests {
  /// What libpng reads back.
  private func decode(_ bytes: [UInt8]) -> Raster? {
    var header = png_image()
    header.version = png_uint_32(PNG_IMAGE_VERSION)
    defer { png_image_free(&header) }
    guard png_image_begin_read_from_memory(&header, bytes, bytes.count) != 0 else { return nil }
    header.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
    var samples = [UInt8](repeating: 0, count: Int(header.width * header.height) * 3)
    guard png_image_finish_read(&header, nil, &samples, 0, nil) != 0 else { return nil }
    var raster = Raster(width: Int(header.width), height: Int(header.height))
    for y in 0..<raster.height {
      for x in 0..<raster.width {
        let at = 3 * (y * raster.width + x)
        raster[x, y] = RGB(samples[at], samples[at + 1], samples[at + 2])
      }
    }
    return raster
  }

  @Test("Every pixel comes back, of a picture that does not compress")
  func roundTrip() throws {
    var raster = Raster(width: 61, height: 37)
    var state: UInt32 = 7
    for y in 0..<37 {
      for x in 0..<61 {
        state = state &* 1_664_525 &+ 1_013_904_223
        raster[x, y] = RGB(UInt8(state >> 24), UInt8(state >> 16 & 255), UInt8(state >> 8 & 255))
      }
    }
    #expect(decode(try raster.png()) == raster)
  }

  @Test("A picture of no pixels, and a folder that is not there, are refused")
  func refusals() {
    #expect(throws: DrawingError.emptyPicture) { try Raster(width: 0, height: 4).png() }
    let path = "/nonexistent/folder/picture.png"
    let error = #expect(throws: DrawingError.self) { try Raster(width: 4, height: 4).writePNG(path: path) }
    #expect(error?.description.contains(path) == true)
    #expect(error?.category.exitCode == 74)
  }

  @Test("a picture is not put in the place of what is no regular file")
  func pipe() throws {
    let folder = try TemporaryDirectory()
    let path = folder.pipe("pipe")
    #expect(throws: DrawingError.self) { try Raster(width: 4, height: 4).writePNG(path: path) }
    #expect(folder.isPipe("pipe"))
  }

  @Test func file() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("glazer-\(UUID()).png")
    defer { try? FileManager.default.removeItem(at: url) }
    let raster = Raster(width: 9, height: 5, fill: RGB(1, 2, 3))
    try raster.writePNG(path: url.path)
    #expect(decode([UInt8](try Data(contentsOf: url))) == raster)
  }
}
