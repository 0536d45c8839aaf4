// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import TestSupport
import Testing

@Suite("track")
struct TrackTests {
  private static let demo = SharedData.repository.appendingPathComponent("tools/demo-recording/demo.mcap").path

  @Test("a lattice is followed within its series, and searched afresh after its last frame and where another begins")
  func seriesEnds() throws {
    let folder = try TemporaryDirectory()
    let path = folder.file("series.mcap")
    var reader = try RecordingReader(path: Self.demo)
    var writer = try RecordingWriter(path: path)
    var message = RecordedMessage()
    for number in 0..<5 {
      guard try reader.next(into: &message) else { break }
      var parts = message.parts
      if number == 1 {
        parts[0].removeLast()
        parts[0] += Array(#","last":true}"#.utf8)
      }
      if number == 3 {
        let start = Array(#"{"htype":"dheader-1.0","series":5,"header_detail":"none"}"#.utf8)
        try writer.append([start], logTimeNs: message.logTimeNs)
      }
      try writer.append(parts, logTimeNs: message.logTimeNs)
    }
    try writer.finish()
    let result = try Program.run("glazer", "track", path)
    #expect(result.code == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n").map { $0.split(separator: " ").prefix(3).joined(separator: " ") }
    #expect(
      lines == [
        "frame 0 found", "frame 1 followed", "frame 2 found", "series 5 begins", "frame 3 found", "frame 4 followed",
      ])
  }
}
