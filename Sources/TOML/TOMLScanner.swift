// SPDX-License-Identifier: GPL-3.0-or-later

/// Walks over the bytes of a TOML text and takes its smallest parts: keys, strings, blanks, comments.
struct TOMLScanner {
  private let bytes: [UInt8]
  private(set) var position = 0
  private(set) var line = 1

  init(_ text: String) {
    bytes = Array(text.utf8)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  func error(_ reason: String) -> TOMLError { TOMLError(line: line, reason: reason) }

  /// Over a byte that is no end of a line.
  mutating func advance() { position += 1 }

  mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    position += 1
    return true
  }

  mutating func take(while matches: (UInt8) -> Bool) -> ArraySlice<UInt8> {
    let start = position
    while let byte = peek, matches(byte) { position += 1 }
    return bytes[start..<position]
  }

  func starts(with text: StaticString) -> Bool {
    bytes[position...].starts(with: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// The byte so far ahead.
  func peek(ahead count: Int) -> UInt8? { position + count < bytes.count ? bytes[position + count] : nil }

  // MARK: Between

  mutating func skipBlanks() { _ = take { $0 == 0x20 || $0 == 0x09 } }

  /// Over blanks, ends of lines and comments; false at the end of the text.
  mutating func skipToContent() throws(TOMLError) -> Bool {
    while true {
      skipBlanks()
      guard let byte = peek else { return false }
      if byte == UInt8(ascii: "#") {
        try comment()
      } else if try !newline() {
        return true
      }
    }
  }

  /// What may follow a table's name or a value on its line: nothing.
  mutating func endOfLine() throws(TOMLError) {
    skipBlanks()
    if peek == UInt8(ascii: "#") { try comment() }
    if peek == nil { return }
    guard try newline() else { throw error("more than one value on a line") }
  }

  mutating func newline() throws(TOMLError) -> Bool {
    guard let byte = peek, byte == 0x0A || byte == 0x0D else { return false }
    if byte == 0x0D {
      guard peek(ahead: 1) == 0x0A else { throw error("a carriage return that ends no line") }
      position += 1
    }
    position += 1
    line += 1
    return true
  }

  private mutating func comment() throws(TOMLError) {
    _ = take { $0 != 0x0A && $0 != 0x0D && !Self.isControl($0) }
    if let byte = peek, Self.isControl(byte), byte != 0x0A, byte != 0x0D {
      throw error("a control character in a comment")
    }
  }

  // MARK: Keys and strings

  mutating func keyPart() throws(TOMLError) -> String {
    if peek == UInt8(ascii: "\"") || peek == UInt8(ascii: "'") { return try string(mayBeLong: false) }
    let name = take {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    guard !name.isEmpty else { throw error("a key is missing") }
    return String(decoding: name, as: UTF8.self)
  }

  /// `"…"`, `'…'` and, where it may be long, the same with three quotes.
  mutating func string(mayBeLong: Bool) throws(TOMLError) -> String {
    guard let quote = peek else { throw error("a string is missing") }
    let first = line
    let isLong = peek(ahead: 1) == quote && peek(ahead: 2) == quote
    guard mayBeLong || !isLong else { throw error("a key of several lines") }
    position += isLong ? 3 : 1
    if isLong { _ = try newline() }
    var text: [UInt8] = []
    while let byte = peek {
      switch byte {
      case quote:
        if !isLong {
          position += 1
          return String(decoding: text, as: UTF8.self)
        }
        let quotes = take { $0 == quote }.count
        guard quotes < 3 else {
          guard quotes <= 5 else { throw error("more than five quotes in a row") }
          text += repeatElement(quote, count: quotes - 3)
          return String(decoding: text, as: UTF8.self)
        }
        text += repeatElement(quote, count: quotes)
      case UInt8(ascii: "\\") where quote == UInt8(ascii: "\""):
        position += 1
        try escape(into: &text, isLong: isLong)
      case 0x0A, 0x0D:
        guard isLong else { throw error("a string without its closing quote") }
        _ = try newline()
        text.append(0x0A)
      case _ where !Self.isControl(byte):
        text.append(byte)
        position += 1
      default: throw error("a control character in a string")
      }
    }
    throw TOMLError(line: first, reason: "a string without its closing quote")
  }

  /// After the backslash.
  private mutating func escape(into text: inout [UInt8], isLong: Bool) throws(TOMLError) {
    let unknown = error("an unknown escape in a string")
    guard let byte = peek else { throw unknown }
    if isLong, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
      // A backslash at the end of a line takes it and all blanks after it away.
      skipBlanks()
      guard try newline() else { throw unknown }
      repeat { skipBlanks() } while try newline()
      return
    }
    position += 1
    switch byte {
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(byte)
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
      let count = byte == UInt8(ascii: "u") ? 4 : 8
      let digits = bytes[position...].prefix(count)
      guard digits.count == count, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
        let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16), let scalar = Unicode.Scalar(number)
      else { throw unknown }
      text += Array(String(Character(scalar)).utf8)
      position += count
    default: throw unknown
    }
  }

  static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != 0x09 || byte == 0x7F }
}
