// SPDX-License-Identifier: GPL-3.0-or-later
import ZeroMQ

/// Tells messages that end a series from frames before anything is decoded, so that the mailbox does not overwrite them.
enum SeriesEnd {
  /// A message without pixels whose header says `series_end`. Microseconds; a frame is told by its part count alone.
  static func ends(_ message: borrowing Multipart) -> Bool {
    guard message.count > 0, message.count <= 2 else { return false }
    return message.withParts { parts in
      guard let wire = try? WireMessage(parts: parts), wire.pixels == nil else { return false }
      guard let fields = try? HeaderFields.read(wire.header) else { return false }
      return fields.messageType?.hasPrefix("series_end-1.") ?? false
    }
  }
}
