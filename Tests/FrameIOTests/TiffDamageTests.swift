// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import Testing

/// Files that lie, stop early, or are something else.
@Suite struct TiffDamageTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  func error(of bytes: [UInt8]) throws -> TiffError? {
    let path = try folder.write(bytes, to: "a.tif")
    do throws(TiffError) {
      _ = try TiffReader.read(path: path)
      return nil
    } catch {
      return error
    }
  }

  /// Directories come last in these files: any cut loses at least a directory entry.
  @Test(arguments: [false, true]) func everyTruncationIsAnError(tiled: Bool) throws {
    let page = TiffBytes.Page(width: 33, height: 17, bits: 16, tile: tiled ? (16, 16) : nil) { x, y in UInt64(x + y) }
    let whole = TiffBytes.file([page])
    #expect(try error(of: whole) == nil)
    // The last four bytes are the link to the next page, which libtiff takes for "none" when it is cut.
    for length in stride(from: 0, to: whole.count - 4, by: 7) {
      let failure = try error(of: Array(whole[..<length]))
      #expect(failure?.category == .badData, "cut at \(length) of \(whole.count)")
    }
  }

  /// Pixels at the end, as most writers put them: a half image must not come back.
  @Test func truncatedPixelsAreAnError() throws {
    let images = [Image(width: 64, height: 64, fill: 7), Image(width: 64, height: 64, fill: 9)]
    let path = folder.path("w.tif")
    try TiffWriter.write(images, to: path, as: .uint16)
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    for length in stride(from: 8, to: whole.count - 4, by: 997) {
      let cut = try folder.write(Array(whole[..<length]), to: "cut.tif")
      #expect(throws: TiffError.self, "cut at \(length) of \(whole.count)") {
        let reader = try TiffReader(path: cut)
        for page in 0..<images.count { _ = try reader.read(page: page) }
      }
    }
  }

  @Test func unsupportedKindsAreNamed() throws {
    let colour = TiffBytes.Page(width: 4, height: 4, bits: 8, photometric: 2, samplesPerPixel: 3) { _, _ in 1 }
    let half = TiffBytes.Page(width: 4, height: 4, bits: 16, format: 3) { _, _ in 1 }
    let mask = TiffBytes.Page(width: 4, height: 4, bits: 8, photometric: 4) { _, _ in 1 }
    for (page, word) in [(colour, "3 samples"), (half, "16-bit samples of format 3"), (mask, "photometric")] {
      let failure = try #require(try error(of: TiffBytes.file([page])))
      #expect(failure.category == .badData)
      #expect(failure.description.contains(word), "\(failure)")
    }
  }

  @Test func hugeSizesAllocateNothing() throws {
    let page = TiffBytes.Page(width: 4, height: 4, bits: 16) { _, _ in 1 }
    let whole = TiffBytes.file([page])
    // ImageWidth and ImageLength are the first two entries of the directory; their values stand 8 bytes in.
    let directory = whole.indices.first { Array(whole[$0..<min($0 + 4, whole.count)]) == [0, 1, 4, 0] } ?? 0
    for (width, height) in [
      (0, 4), (4, 0), (1 << 20, 4), (20_000, 20_000), (Int(UInt32.max), Int(UInt32.max)), (4000, 4000),
    ] {
      var bytes = whole
      for i in 0..<4 {
        bytes[directory + 8 + i] = UInt8(truncatingIfNeeded: width >> (8 * i))
        bytes[directory + 20 + i] = UInt8(truncatingIfNeeded: height >> (8 * i))
      }
      #expect(try error(of: bytes)?.category == .badData, "\(width) x \(height)")
    }
  }

  @Test func notATiff() throws {
    #expect(try error(of: [])?.category == .badData)
    #expect(try error(of: Array("not a TIFF at all".utf8))?.category == .badData)
    #expect(throws: TiffError.cannotOpen(path: "/nowhere/a.tif", reason: "No such file or directory")) {
      try TiffReader.read(path: "/nowhere/a.tif")
    }
    #expect(throws: TiffError.cannotOpen(path: folder.url.path, reason: "not a regular file")) {
      try TiffReader.read(path: folder.url.path)
    }
  }

  /// Single flipped bytes: any answer but a crash, and never an image of another size than its tags say.
  @Test func flippedBytesNeverCrash() throws {
    var random = SeededRandom(seed: 5)
    let pages = (0..<2).map { _ in
      TiffBytes.Page(width: 20, height: 20, bits: 16, tile: (16, 16)) { x, y in UInt64(x * y) }
    }
    let whole = TiffBytes.file(pages)
    for _ in 0..<400 {
      var bytes = whole
      bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      let path = try folder.write(bytes, to: "a.tif")
      if let page = try? TiffReader.read(path: path) {
        #expect(page.image.pixels.count == page.image.width * page.image.height)
      }
    }
  }
}
