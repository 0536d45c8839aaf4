// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore
import Testing

@Suite("Preview")
struct PreviewTests {
  @Test("a frame flatter than the binning keeps its grey values")
  func flat() {
    let image = Image(width: 512, height: 16, fill: 6)
    var preview = Preview()
    preview.take(Frame(header: FrameHeader(source: "abf", frame: 3), image: image), maximumSide: 16)
    #expect((preview.width, preview.height, preview.binning) == (16, 1, 32))
    #expect((preview.low, preview.high) == (6, 6))
  }

  private func ramp(width: Int, height: Int) -> Frame {
    let pixels = (0..<width * height).map { Float($0 % width) }
    return Frame(
      header: FrameHeader(source: "abf", series: "s", frame: 9),
      image: Image(width: width, height: height, pixels: pixels))
  }

  @Test("a picture is binned to the wanted size and its grey values rise with the image's")
  func binned() {
    var preview = Preview()
    preview.take(ramp(width: 1000, height: 500), maximumSide: 256)
    #expect(preview.binning == 4)
    #expect((preview.width, preview.height) == (250, 125))
    let row = Array(preview.pixels.prefix(250))
    #expect(row == row.sorted())
    #expect(row.first == 0 && row.last == 255)
  }

  @Test("missing pixels are black, a constant picture is black, and nothing crashes")
  func missing() {
    var frame = ramp(width: 40, height: 30)
    for x in 0..<40 { frame.image[x, 29] = .nan }
    var preview = Preview()
    preview.take(frame, maximumSide: 64)
    #expect(preview.pixels.suffix(40).allSatisfy { $0 == 0 })
    #expect(preview.pixels.prefix(40).contains(255))
    preview.take(Frame(header: frame.header, image: Image(width: 3, height: 1, fill: .nan)), maximumSide: 64)
    #expect(preview.pixels == [0, 0, 0])
    preview.take(Frame(header: frame.header, image: Image(width: 5000, height: 2, fill: .infinity)), maximumSide: 64)
    #expect(preview.width * preview.height == preview.pixels.count)
  }

  @Test("a preview comes back from its wire parts; a wrong size is refused")
  func roundTrip() throws {
    var preview = Preview()
    preview.take(ramp(width: 64, height: 48), maximumSide: 32)
    var writer = JSONWriter()
    writer.write(preview, timeNs: 5)
    let parts = [Array("preview".utf8), writer.bytes, preview.pixels]
    let decoded = try OverlayDecoder.decodePreview(parts)
    #expect(decoded.pixels == preview.pixels)
    #expect((decoded.width, decoded.height, decoded.binning) == (32, 24, 2))
    #expect(throws: OverlayError.previewSizeMismatch(expectedBytes: 768, foundBytes: 767)) {
      try OverlayDecoder.decodePreview([parts[0], parts[1], Array(parts[2].dropLast())])
    }
  }
}
