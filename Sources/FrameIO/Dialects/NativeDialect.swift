// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// `[JSON header]` `[raw pixels]`: a superset of pyzmq's `send_array` and of PSI's `array-1.0`.
struct NativeDialect: Sendable {
  /// Name of a source that gives none.
  let defaultSource: String

  /// Reads a message; of a frame into `header`, which is undefined after an error. `nextFrame` is the number of a frame
  /// that has none.
  func read(
    _ parts: MessageParts, into header: inout FrameHeader, nextFrame: Int64
  ) throws(FrameError) -> DialectMessage {
    guard (1...2).contains(parts.count) else { throw Self.partCount(parts) }
    let fields = try HeaderFields.read(parts[0])
    if let type = fields.messageType {
      if type.hasPrefix("series_end-1.") {
        return .end(
          source: try fields.name("source", fields.source), series: try fields.name("series", fields.series))
      }
      guard type.hasPrefix("array-1.") else {
        throw .unknownMessageType(type.excerpt, expected: "array-1.0 or series_end-1.0")
      }
    }
    guard parts.count == 2 else { throw Self.partCount(parts) }
    let layout = try ArrayLayout(of: fields)
    guard parts[1].count == layout.byteCount else {
      throw .byteCountMismatch(
        width: layout.width, height: layout.height, pixelType: layout.pixelType, found: parts[1].count)
    }
    try fields.update(&header, defaultSource: defaultSource, nextFrame: nextFrame, layout: layout)
    return .frame(PackedArray(layout: layout, packing: .none, bytes: parts[1]))
  }

  private static func partCount(_ parts: MessageParts) -> FrameError {
    .partCount(found: parts.totalCount, expected: "[topic] header pixels")
  }
}
