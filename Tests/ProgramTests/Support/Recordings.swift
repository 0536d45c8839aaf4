// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO

extension RecordingWriter {
  /// Appends a message whose parts are arrays.
  mutating func append(_ parts: [[UInt8]], source: String = "frames", logTimeNs: UInt64 = 1) throws {
    try Array(parts.joined()).withUnsafeBytes { bytes in
      var start = 0
      let buffers = parts.map { part in
        defer { start += part.count }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<start + part.count])
      }
      try buffers.withUnsafeBufferPointer {
        try append(parts: $0, source: source, logTimeNs: logTimeNs, publishTimeNs: logTimeNs, atNs: logTimeNs)
      }
    }
  }
}
