// SPDX-License-Identifier: GPL-3.0-or-later

/// The ways in which glazer understands a message to be a frame.
public enum FrameDialect: String, Sendable, CaseIterable {
  /// `[topic]` `[JSON header]` `[raw pixels]`: pyzmq's `send_array`, `array-1.0`.
  case native
  /// Version 1 of the DECTRIS SIMPLON stream: JSON parts around a compressed blob.
  case simplon
  /// Version 2 of it: one CBOR map a message.
  case stream2

  /// The dialect of a message, told by its first bytes. Refuses pickle; what is none of the others is held for native.
  static func detect(_ parts: MessageParts) throws(FrameError) -> FrameDialect {
    for part in parts.all where isPickle(part) { throw .pickle(byteCount: part.count) }
    guard let first = parts.first else { return .native }
    if isCBORMap(first) { return .stream2 }
    guard first.first == UInt8(ascii: "{"), first.count <= FrameDecoder.largestHeader else { return .native }
    // Says its type itself; whether the rest is sound is the decoder's question.
    guard let type = try? HeaderFields.read(first).messageType else { return .native }
    return type.hasPrefix("dimage") || type.hasPrefix("dheader") || type.hasPrefix("dseries_end") ? .simplon : .native
  }

  /// A map (major type 5), or the tag 55799 that says "this is CBOR".
  fileprivate static func isCBORMap(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let first = bytes.first else { return false }
    return first >> 5 == 5 || first == 0xD9 && bytes.count > 3 && bytes[1] == 0xD9 && bytes[2] == 0xF7
  }

  /// PROTO with a version, as all pickles since 2003 begin, and STOP at the end. Only where a header belongs: pixels may
  /// hold any bytes.
  fileprivate static func isPickle(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count > 2 && bytes[0] == 0x80 && (2...5).contains(bytes[1]) && bytes[bytes.count - 1] == UInt8(ascii: ".")
  }
}

/// The parts of a message after its topic.
struct MessageParts {
  private let parts: UnsafeBufferPointer<UnsafeRawBufferPointer>
  private let start: Int

  /// A first part that is neither JSON nor a CBOR map nor a pickle is a topic, when others follow it.
  init(_ parts: UnsafeBufferPointer<UnsafeRawBufferPointer>) {
    self.parts = parts
    guard let first = parts.first, parts.count > 1 else {
      start = 0
      return
    }
    let isMessage =
      first.first == UInt8(ascii: "{") || FrameDialect.isCBORMap(first) || FrameDialect.isPickle(first)
    start = isMessage ? 0 : 1
  }

  var count: Int { parts.count - start }
  subscript(index: Int) -> UnsafeRawBufferPointer { parts[start + index] }
  var first: UnsafeRawBufferPointer? { count > 0 ? self[0] : nil }
  /// Topic and header, where pickles are looked for.
  var all: Slice<UnsafeBufferPointer<UnsafeRawBufferPointer>> { parts.prefix(start + 1) }
  /// With the topic, for messages.
  var totalCount: Int { parts.count }
}
