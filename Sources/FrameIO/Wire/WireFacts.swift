// SPDX-License-Identifier: GPL-3.0-or-later

/// What a recorder wants to know of a message, read from its header alone and without judging the rest.
struct WireFacts {
  var source: String?
  var series: String?
  var frame: Int64?
  var timeNs: UInt64?
  /// Has a part for pixels.
  var isFrame = false

  /// A message whose header says nothing legible has no facts.
  init(parts: UnsafeBufferPointer<UnsafeRawBufferPointer>) {
    guard let wire = try? WireMessage(parts: parts), let fields = try? HeaderFields.read(wire.header) else { return }
    isFrame = wire.pixels != nil
    source = try? fields.name("source", fields.source)
    series = try? fields.name("series", fields.series)
    frame = fields.frame?.integer
    timeNs = fields.timeNs?.integer.flatMap { UInt64(exactly: $0) }
  }
}
