// SPDX-License-Identifier: GPL-3.0-or-later
import ZeroMQ

/// Tells messages that begin or end a series from frames before anything is decoded, so that the mailbox does not overwrite
/// them.
enum SeriesMark {
  /// Microseconds: headers are read, pixels are not touched.
  static func isMark(_ message: borrowing Multipart) -> Bool { message.withParts { isMark($0) } }

  static func isMark(_ parts: UnsafeBufferPointer<UnsafeRawBufferPointer>) -> Bool {
    let parts = MessageParts(parts)
    guard let first = parts.first, let dialect = try? FrameDialect.detect(parts) else { return false }
    switch dialect {
    case .native:
      // A frame is told by its part count alone.
      guard parts.count == 1, let type = try? HeaderFields.read(first).messageType else { return false }
      return type.hasPrefix("series_end-1.")
    case .simplon:
      guard let type = try? HeaderFields.read(first).messageType else { return false }
      return !type.hasPrefix("dimage")
    case .stream2:
      guard let type = try? Stream2Fields.type(first) else { return false }
      return type.equals("start") || type.equals("end")
    }
  }
}
