// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import Testing
import ZeroMQ

/// Fixtures from a pyzmq socket of another process through the receive thread.
@Suite(.enabled(if: Python.hasZeroMQ, "needs Python with pyzmq")) struct LiveDialectTests {
  static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../tools/dialects/make-fixtures.py").standardized.path

  @Test func everyMessageComesThrough() throws {
    let context = try Context()
    let receiver = try FrameReceiver(
      InputEndpoint("tcp://127.0.0.1:*", pattern: .pull, binds: true, highWaterMark: 100), context: context)
    let names = [
      "simplon-header-all-appendix", "simplon-image-uint16-bslz4", "simplon-end", "stream2-start-mask",
      "stream2-image-uint32-lz4", "stream2-end", "pickle", "native-image",
    ]
    let folder = Bundle.module.bundleURL.appendingPathComponent("Fixtures")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      ["python3", Self.script, "send", receiver.endpoint, "--pause", "0.05"]
      + names.map { folder.appendingPathComponent("\($0).parts").path }
    try process.run()
    var decoder = FrameDecoder(settings: .init(leftoverSilenceS: 5))
    var frame = Fixture.emptyFrame
    var message = ReceivedMessage()
    var seen: [String] = []
    let deadline = Date.now.addingTimeInterval(20)
    while seen.count < names.count, Date.now < deadline {
      guard case .message = receiver.take(into: &message, milliseconds: 100) else { continue }
      do {
        switch try decoder.decode(message.parts, into: &frame) {
        case .frame: seen.append("frame of \(frame.header.source)")
        case .seriesStart: seen.append("start")
        case .seriesEnd: seen.append("end")
        }
      } catch { seen.append(error.reason) }
    }
    process.waitUntilExit()
    #expect(
      seen == ["start", "frame of frames", "end", "start", "frame of threshold_1", "end", "pickle", "frame of abf"])
    receiver.stop()
  }

  /// Beginnings and ends wait in the mailbox while frames replace each other.
  @Test func seriesMarksAreNotReplaced() throws {
    let context = try Context()
    let receiver = try FrameReceiver(
      InputEndpoint("tcp://127.0.0.1:*", pattern: .pull, binds: true, highWaterMark: 100), context: context)
    let folder = Bundle.module.bundleURL.appendingPathComponent("Fixtures")
    let names =
      ["stream2-start"] + Array(repeating: "stream2-image-uint16-lz4", count: 5)
      + ["stream2-end", "simplon-header-all"] + Array(repeating: "simplon-image-uint16-lz4", count: 5) + ["simplon-end"]
    try Python.run(
      "import runpy, sys; sys.argv[0] = sys.argv.pop(1); runpy.run_path(sys.argv[0], run_name='__main__')",
      [Self.script, "send", receiver.endpoint]
        + names.map { folder.appendingPathComponent("\($0).parts").path })
    let deadline = Date.now.addingTimeInterval(20)
    while receiver.receivedCount < UInt64(names.count), Date.now < deadline { usleep(5000) }
    var decoder = FrameDecoder()
    var frame = Fixture.emptyFrame
    var message = ReceivedMessage()
    var seen: [FrameMessage] = []
    while case .message = receiver.take(into: &message, milliseconds: 100) {
      seen.append(try decoder.decode(message.parts, into: &frame))
    }
    let id = "01HBV3JPF9T4ZDPADX8EMK6XM7"
    #expect(
      seen == [
        .seriesStart(series: id), .seriesEnd(source: nil, series: id), .seriesStart(series: "7"), .frame,
        .seriesEnd(source: nil, series: "7"),
      ])
    receiver.stop()
  }
}
