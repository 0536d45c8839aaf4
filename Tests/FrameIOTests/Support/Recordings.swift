import Foundation
// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO

/// A message as it goes into a recording.
struct SampleMessage: Equatable {
  var source: String
  var logTimeNs: UInt64
  var publishTimeNs: UInt64
  var parts: [[UInt8]]
}

extension RecordingWriter {
  mutating func append(_ message: SampleMessage) throws {
    let joined = Array(message.parts.joined())
    try joined.withUnsafeBytes { bytes in
      var start = 0
      let parts = message.parts.map { part in
        defer { start += part.count }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<start + part.count])
      }
      try parts.withUnsafeBufferPointer {
        try append(
          parts: $0, source: message.source, logTimeNs: message.logTimeNs, publishTimeNs: message.publishTimeNs,
          atNs: message.logTimeNs)
      }
    }
  }
}

/// All messages of a recording, and whether it ended early.
func readAll(_ path: String) throws -> (messages: [SampleMessage], isTruncated: Bool) {
  var reader = try RecordingReader(path: path)
  var message = RecordedMessage()
  var messages: [SampleMessage] = []
  while try reader.next(into: &message) {
    messages.append(
      SampleMessage(
        source: message.source, logTimeNs: message.logTimeNs, publishTimeNs: message.publishTimeNs,
        parts: message.parts))
  }
  return (messages, reader.isTruncated)
}
