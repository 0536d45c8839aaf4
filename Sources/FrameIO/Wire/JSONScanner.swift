// SPDX-License-Identifier: GPL-3.0-or-later

/// Walks over one JSON object without building it: a frame's header is read hundreds of times a second into memory that
/// exists already. Values nobody asks for are checked for form and skipped.
struct JSONScanner {
  static let largestDepth = 16

  enum Failure: Error {
    case truncated
    case malformed(Int)
    case tooDeep(Int)
  }

  private let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Calls `visit` with each key and value of the object that the bytes are. Nothing but blanks may follow it.
  mutating func scanObject(_ visit: (_ key: JSONSlice, _ value: JSONSlice) -> Void) throws(Failure) {
    try expect(UInt8(ascii: "{"))
    var isFirst = true
    while let (key, value) = try nextMember(isFirst: isFirst) {
      isFirst = false
      visit(key, value)
    }
  }

  /// The elements of an array value; nil once they are through. `position` starts at 0 on the array's own bytes.
  mutating func nextElement() throws(Failure) -> JSONSlice? {
    if position == 0 {
      try expect(UInt8(ascii: "["))
      if try peek() == UInt8(ascii: "]") { return nil }
    } else {
      let separator = try peek()
      position += 1
      if separator == UInt8(ascii: "]") { return nil }
      guard separator == UInt8(ascii: ",") else { throw .malformed(position - 1) }
    }
    return try value(depth: 1)
  }

  private mutating func nextMember(isFirst: Bool) throws(Failure) -> (JSONSlice, JSONSlice)? {
    let next = try peek()
    if next == UInt8(ascii: "}") {
      position += 1
      skipBlanks()
      guard position == bytes.count else { throw .malformed(position) }
      return nil
    }
    if !isFirst {
      guard next == UInt8(ascii: ",") else { throw .malformed(position) }
      position += 1
    }
    guard try peek() == UInt8(ascii: "\"") else { throw .malformed(position) }
    let key = try string()
    try expect(UInt8(ascii: ":"))
    return (key, try value(depth: 1))
  }

  private mutating func value(depth: Int) throws(Failure) -> JSONSlice {
    switch try peek() {
    case UInt8(ascii: "\""): return try string()
    case UInt8(ascii: "{"): return try container(.object, closing: UInt8(ascii: "}"), depth: depth)
    case UInt8(ascii: "["): return try container(.array, closing: UInt8(ascii: "]"), depth: depth)
    case UInt8(ascii: "t"): return try literal("true", .true)
    case UInt8(ascii: "f"): return try literal("false", .false)
    case UInt8(ascii: "n"): return try literal("null", .null)
    // Python's json writes these for numbers that are not finite: no value.
    case UInt8(ascii: "N"): return try literal("NaN", .null)
    case UInt8(ascii: "I"): return try literal("Infinity", .null)
    default:
      if bytes[position] == UInt8(ascii: "-"), position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "I") {
        return try literal("-Infinity", .null)
      }
      return try number()
    }
  }

  private mutating func container(_ kind: JSONSlice.Kind, closing: UInt8, depth: Int) throws(Failure) -> JSONSlice {
    guard depth < Self.largestDepth else { throw .tooDeep(position) }
    let start = position
    position += 1
    var isFirst = true
    while true {
      let next = try peek()
      if next == closing {
        position += 1
        return slice(kind, start, position)
      }
      if !isFirst {
        guard next == UInt8(ascii: ",") else { throw .malformed(position) }
        position += 1
      }
      isFirst = false
      if kind == .object {
        guard try peek() == UInt8(ascii: "\"") else { throw .malformed(position) }
        _ = try string()
        try expect(UInt8(ascii: ":"))
      }
      _ = try value(depth: depth + 1)
    }
  }

  private mutating func string() throws(Failure) -> JSONSlice {
    position += 1
    let start = position
    var hasEscapes = false
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        var result = slice(.string, start, position - 1)
        result.hasEscapes = hasEscapes
        return result
      case UInt8(ascii: "\\"):
        hasEscapes = true
        position += 2
      case 0..<0x20: throw .malformed(position)
      default: position += 1
      }
    }
    throw .truncated
  }

  /// -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?
  private mutating func number() throws(Failure) -> JSONSlice {
    let start = position
    skip(UInt8(ascii: "-"))
    if !skip(UInt8(ascii: "0")) { try digits() }
    if skip(UInt8(ascii: ".")) { try digits() }
    if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
      _ = skip(UInt8(ascii: "+")) || skip(UInt8(ascii: "-"))
      try digits()
    }
    return slice(.number, start, position)
  }

  private mutating func digits() throws(Failure) {
    let start = position
    while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) { position += 1 }
    guard position > start else {
      if position == bytes.count { throw .truncated }
      throw .malformed(position)
    }
  }

  @discardableResult
  private mutating func skip(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func literal(_ text: StaticString, _ kind: JSONSlice.Kind) throws(Failure) -> JSONSlice {
    let start = position
    for i in 0..<text.utf8CodeUnitCount {
      guard position < bytes.count else { throw .truncated }
      guard bytes[position] == text.utf8Start[i] else { throw .malformed(position) }
      position += 1
    }
    return slice(kind, start, position)
  }

  private func slice(_ kind: JSONSlice.Kind, _ start: Int, _ end: Int) -> JSONSlice {
    JSONSlice(kind: kind, bytes: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
  }

  private mutating func skipBlanks() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  /// The next byte that is no blank.
  private mutating func peek() throws(Failure) -> UInt8 {
    skipBlanks()
    guard position < bytes.count else { throw .truncated }
    return bytes[position]
  }

  private mutating func expect(_ byte: UInt8) throws(Failure) {
    guard try peek() == byte else { throw .malformed(position) }
    position += 1
  }
}
