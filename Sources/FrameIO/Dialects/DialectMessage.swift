// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// What a message of any dialect says. Pixels are still packed; what a frame says of itself stands in the header that
/// was given to the dialect.
enum DialectMessage {
  case frame(PackedArray)
  /// A series begins.
  case start(series: String?)
  case end(source: String?, series: String?)
}

extension FrameHeader {
  /// A header that knows nothing yet.
  static var unknown: FrameHeader { FrameHeader(source: "", frame: 0) }

  /// Sets a name from UTF-8, without taking memory when it is the old one.
  static func set(_ name: inout String, to bytes: UnsafeRawBufferPointer, field: String) throws(FrameError) {
    if name.utf8.elementsEqual(bytes) { return }
    guard (1...FrameDecoder.longestName).contains(bytes.count), let text = String(validating: bytes, as: UTF8.self)
    else {
      throw .invalidField(
        field, found: bytes.excerpt, expected: "a name of 1 to \(FrameDecoder.longestName) bytes")
    }
    name = text
  }
}
