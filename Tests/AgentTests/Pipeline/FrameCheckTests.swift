// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import FrameIO
import GlazerCore
import Testing

@Suite("Frame check")
struct FrameCheckTests {
  private func reason(_ image: Image) -> RejectionReason? {
    FrameCheck.rejection(of: Frame(header: FrameHeader(source: "abf", frame: 0), image: image), minimumSide: 16)?.reason
  }

  @Test("frames without information are refused by what is wrong with them")
  func refused() {
    #expect(reason(Image(width: 64, height: 64, fill: 0)) == .zero)
    #expect(reason(Image(width: 64, height: 64, fill: -0.0)) == .zero)
    #expect(reason(Image(width: 64, height: 64, fill: 7)) == .constant)
    #expect(reason(Image(width: 64, height: 64, fill: .nan)) == .noValidPixels)
    #expect(reason(Image(width: 64, height: 64, fill: -.infinity)) == .noValidPixels)
    #expect(reason(Image(width: 64, height: 15, fill: 1)) == .tooSmall)
    #expect(reason(Image(width: 0, height: 0)) == .tooSmall)
  }

  @Test("a scan that has just begun is told how far it is, not that its image is small")
  func partial() throws {
    var frame = Frame(
      header: FrameHeader(source: "abf", frame: 0, validRows: 9), image: Image(width: 64, height: 64, fill: 1))
    frame.hideMissingRows()
    let rejection = try #require(FrameCheck.rejection(of: frame, minimumSide: 16))
    #expect(rejection.reason == .tooSmall && rejection.message == "9 rows are scanned so far, expected at least 16")
  }

  @Test("one pixel that differs makes a frame; missing pixels do not")
  func accepted() {
    var image = Image(width: 64, height: 64, fill: 3)
    image[63, 63] = .nan
    #expect(reason(image) == .constant)
    image[63, 63] = 4
    #expect(reason(image) == nil)
  }
}
