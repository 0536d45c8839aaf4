// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Walks over CBOR (RFC 8949) where it stands: strings are slices of the message, nothing is built, nothing is allocated.
/// What a head claims is held against the bytes that are there before it is believed.
///
/// Maps and arrays may be of indefinite length. Strings in chunks can be skipped but not read: they would have to be
/// joined, and nobody sends frames so.
struct CBORReader {
  /// Items inside each other, at most.
  static let largestDepth = 16

  let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  enum Major: UInt8 { case unsigned, negative, bytes, text, array, map, tag, simple }

  /// The first byte of an item and its argument.
  struct Head {
    var major: Major
    /// The low five bits of the first byte.
    var info: UInt8
    var argument: UInt64
    var isIndefinite: Bool { info == 31 }
  }

  /// Elements of an array, or pairs of a map, that are still to come; nil until a break.
  struct Items { var remaining: UInt64? }

  var isAtEnd: Bool { position == bytes.count }

  func peekHead() throws(FrameError) -> Head {
    var copy = self
    return try copy.head()
  }

  mutating func head() throws(FrameError) -> Head {
    guard position < bytes.count else { throw .cborTruncated(offset: position) }
    let first = bytes[position]
    guard let major = Major(rawValue: first >> 5) else { throw malformed("a head") }
    let info = first & 31
    switch info {
    case 0..<24:
      position += 1
      return Head(major: major, info: info, argument: UInt64(info))
    case 24...27:
      let count = 1 << Int(info - 24)
      guard bytes.count - position > count else { throw .cborTruncated(offset: bytes.count) }
      var argument: UInt64 = 0
      for i in 1...count { argument = argument << 8 | UInt64(bytes[position + i]) }
      position += 1 + count
      return Head(major: major, info: info, argument: argument)
    case 31:
      switch major {
      case .bytes, .text, .array, .map, .simple:
        position += 1
        return Head(major: major, info: info, argument: 0)
      default: throw malformed("a head")
      }
    default: throw malformed("a head")
    }
  }

  // MARK: Values

  mutating func text() throws(FrameError) -> UnsafeRawBufferPointer { try string(.text, "a text string") }

  mutating func byteString() throws(FrameError) -> UnsafeRawBufferPointer { try string(.bytes, "a byte string") }

  mutating func unsigned() throws(FrameError) -> UInt64 {
    let start = position
    let head = try head()
    guard head.major == .unsigned else { throw malformed("an unsigned integer", at: start) }
    return head.argument
  }

  mutating func tag() throws(FrameError) -> UInt64 {
    let start = position
    let head = try head()
    guard head.major == .tag else { throw malformed("a tag", at: start) }
    return head.argument
  }

  mutating func array() throws(FrameError) -> Items { try items(.array, "an array") }

  mutating func map() throws(FrameError) -> Items { try items(.map, "a map") }

  /// True while another element (or pair) follows.
  mutating func next(_ items: inout Items) throws(FrameError) -> Bool {
    if let remaining = items.remaining {
      guard remaining > 0 else { return false }
      items.remaining = remaining - 1
      return true
    }
    guard position < bytes.count else { throw .cborTruncated(offset: position) }
    guard bytes[position] == 0xFF else { return true }
    position += 1
    return false
  }

  /// The next element of an array that must have one, and the end of one that must have no more.
  mutating func element(of items: inout Items) throws(FrameError) {
    guard try next(&items) else { throw malformed("another element") }
  }

  mutating func end(of items: inout Items) throws(FrameError) {
    guard try !next(&items) else { throw malformed("the end of an array") }
  }

  /// A number, whatever its kind; nil for anything else, which is skipped.
  mutating func number() throws(FrameError) -> Double? {
    let start = position
    let head = try head()
    switch (head.major, head.info) {
    case (.unsigned, _): return Double(head.argument)
    case (.negative, _): return -1 - Double(head.argument)
    case (.simple, 25): return Double(Float16(bitPattern: UInt16(head.argument)))
    case (.simple, 26): return Double(Float(bitPattern: UInt32(head.argument)))
    case (.simple, 27): return Double(bitPattern: head.argument)
    default:
      position = start
      try skip()
      return nil
    }
  }

  /// Steps over null and undefined; false, and where it was, before anything else.
  mutating func skipAbsent() throws(FrameError) -> Bool {
    let head = try peekHead()
    guard head.major == .simple, head.info == 22 || head.info == 23 else { return false }
    try skip()
    return true
  }

  /// Steps over one item with all that is in it. O(heads); strings cost nothing.
  mutating func skip(depth: Int = 1) throws(FrameError) {
    guard depth <= Self.largestDepth else { throw .cborTooDeep(offset: position) }
    let start = position
    let head = try head()
    switch head.major {
    case .unsigned, .negative: break
    case .simple:
      // A break outside an indefinite container; and values below 32 in two bytes are not well-formed.
      if head.isIndefinite || head.info == 24 && head.argument < 32 { throw malformed("a value", at: start) }
    case .bytes, .text:
      guard head.isIndefinite else {
        _ = try take(head.argument)
        return
      }
      var chunks = Items(remaining: nil)
      while try next(&chunks) {
        let chunk = try self.head()
        guard chunk.major == head.major, !chunk.isIndefinite else { throw malformed("a chunk of a string", at: start) }
        _ = try take(chunk.argument)
      }
    case .array, .map:
      var items = Items(remaining: head.isIndefinite ? nil : head.argument)
      while try next(&items) {
        try skip(depth: depth + 1)
        if head.major == .map { try skip(depth: depth + 1) }
      }
    case .tag: try skip(depth: depth + 1)
    }
  }

  func malformed(_ expected: String, at offset: Int? = nil) -> FrameError {
    .cborMalformed(offset: offset ?? position, expected: expected)
  }

  private mutating func string(_ major: Major, _ expected: String) throws(FrameError) -> UnsafeRawBufferPointer {
    let start = position
    let head = try head()
    guard head.major == major else { throw malformed(expected, at: start) }
    guard !head.isIndefinite else { throw malformed("\(expected) of stated length", at: start) }
    return try take(head.argument)
  }

  private mutating func items(_ major: Major, _ expected: String) throws(FrameError) -> Items {
    let start = position
    let head = try head()
    guard head.major == major else { throw malformed(expected, at: start) }
    guard !head.isIndefinite else { return Items(remaining: nil) }
    // Every element takes a byte at least.
    guard head.argument <= UInt64(bytes.count - position) else { throw .cborTruncated(offset: bytes.count) }
    return Items(remaining: head.argument)
  }

  private mutating func take(_ count: UInt64) throws(FrameError) -> UnsafeRawBufferPointer {
    guard count <= UInt64(bytes.count - position) else { throw .cborTruncated(offset: bytes.count) }
    defer { position += Int(count) }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + Int(count)])
  }
}

extension UnsafeRawBufferPointer {
  func equals(_ text: StaticString) -> Bool {
    count == text.utf8CodeUnitCount && elementsEqual(UnsafeRawBufferPointer(start: text.utf8Start, count: count))
  }

  /// For messages: text shortened, and on one line.
  var excerpt: String {
    let text = String(decoding: prefix(60), as: UTF8.self)
    return "\"" + text.onOneLine + (count > 60 ? "…\"" : "\"")
  }
}
