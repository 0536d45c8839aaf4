// SPDX-License-Identifier: GPL-3.0-or-later

/// What a recorder wants to know of a message of any dialect, read from its header alone and without judging the rest.
struct WireFacts {
  var source: String?
  var series: String?
  /// Not negative.
  var frame: Int64?
  var timeNs: UInt64?
  /// Has pixels.
  var isFrame = false

  /// A message whose header says nothing legible has no facts.
  init(parts: UnsafeBufferPointer<UnsafeRawBufferPointer>) {
    let parts = MessageParts(parts)
    guard let first = parts.first, let dialect = try? FrameDialect.detect(parts) else { return }
    switch dialect {
    case .native, .simplon:
      guard let fields = try? HeaderFields.read(first) else { return }
      // A preview of the agent has pixels, too, and is no frame of a stream.
      isFrame =
        dialect == .native
        ? parts.count == 2 && fields.messageType.map { $0.equals("array-1.0") } ?? true
        : fields.messageType?.hasPrefix("dimage-1.") ?? false
      source = try? fields.name("source", fields.source)
      series = try? fields.name("series", fields.series)
      frame = fields.frame?.integer.flatMap { $0 >= 0 ? $0 : nil }
      timeNs = fields.timeNs?.integer.flatMap { UInt64(exactly: $0) }
    case .stream2:
      guard parts.count == 1, let fields = try? Stream2Fields(first) else { return }
      isFrame = fields.type?.equals("image") ?? false
      series =
        fields.seriesUniqueID.map { String(decoding: $0.prefix(FrameDecoder.longestName), as: UTF8.self) }
        ?? fields.seriesID.map { "\($0)" }
      frame = fields.imageID.flatMap { Int64(exactly: $0) }
      var date = Stream2Date()
      timeNs = fields.seriesDate.flatMap { date.nanoseconds($0, after: fields.stopTime) }
    }
  }
}
