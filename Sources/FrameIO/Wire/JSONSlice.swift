// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// A value of a JSON text where it stands: valid as long as the text is.
struct JSONSlice {
  enum Kind { case string, number, `true`, `false`, null, array, object }

  var kind: Kind
  /// The text of the value; of a string, what stands between the quotes.
  var bytes: UnsafeRawBufferPointer
  var hasEscapes = false

  /// True for a string of exactly these bytes. A string with escapes matches nothing: no name that glazer knows needs one.
  func equals(_ text: StaticString) -> Bool {
    guard kind == .string, !hasEscapes, bytes.count == text.utf8CodeUnitCount else { return false }
    return startsWith(text)
  }

  func hasPrefix(_ text: StaticString) -> Bool {
    guard kind == .string, bytes.count >= text.utf8CodeUnitCount else { return false }
    return startsWith(text)
  }

  private func startsWith(_ text: StaticString) -> Bool {
    guard let start = bytes.baseAddress else { return text.utf8CodeUnitCount == 0 }
    return memcmp(start, text.utf8Start, text.utf8CodeUnitCount) == 0
  }

  /// A number, or a string that holds one. Integers are exact.
  var integer: Int64? { isNumeric ? parsedInteger() : nil }

  /// A finite number, or a string that holds one.
  var double: Double? {
    guard isNumeric, !bytes.isEmpty, bytes.count <= 40, bytes.allSatisfy(Self.isNumberByte) else { return nil }
    let value = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 41) { text -> Double? in
      for (i, byte) in bytes.enumerated() { text.initializeElement(at: i, to: CChar(bitPattern: byte)) }
      text.initializeElement(at: bytes.count, to: 0)
      var end: UnsafeMutablePointer<CChar>?
      guard let start = text.baseAddress else { return nil }
      let value = strtod(start, &end)
      return end == start + bytes.count ? value : nil
    }
    return value.flatMap { $0.isFinite ? $0 : nil }
  }

  /// true, false, 1, 0, and strings of these.
  var boolean: Bool? {
    switch kind {
    case .true: true
    case .false: false
    case .number, .string:
      if let number = integer {
        number == 0 ? false : number == 1 ? true : nil
      } else {
        equals("true") || equals("True") ? true : equals("false") || equals("False") ? false : nil
      }
    default: nil
    }
  }

  /// A string with its escapes resolved, or the digits of a number. Nil for anything else. Allocates when it is long.
  var text: String? {
    switch kind {
    case .number: return String(decoding: bytes, as: UTF8.self)
    case .string:
      guard hasEscapes else { return String(decoding: bytes, as: UTF8.self) }
      return JSONText.unescaped(bytes)
    default: return nil
    }
  }

  /// For messages: the value as it stands, shortened, and on one line.
  var excerpt: String {
    let text = String(decoding: bytes.prefix(60), as: UTF8.self).onOneLine + (bytes.count > 60 ? "…" : "")
    return kind == .string ? "\"\(text)\"" : text
  }

  private var isNumeric: Bool { kind == .number || kind == .string && !hasEscapes }

  private static func isNumberByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
      UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }

  private func parsedInteger() -> Int64? {
    var magnitude: UInt64 = 0
    var index = 0
    let isNegative = bytes.first == UInt8(ascii: "-")
    if isNegative { index = 1 }
    guard index < bytes.count else { return nil }
    while index < bytes.count {
      let digit = bytes[index] &- UInt8(ascii: "0")
      // 5.0 and 5e3 are whole numbers too.
      guard digit <= 9 else { return double.flatMap { Int64(exactly: $0) } }
      let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, overflow2) = product.addingReportingOverflow(UInt64(digit))
      guard !overflow, !overflow2 else { return nil }
      magnitude = sum
      index += 1
    }
    guard let value = Int64(exactly: magnitude) else { return nil }
    return isNegative ? -value : value
  }
}
