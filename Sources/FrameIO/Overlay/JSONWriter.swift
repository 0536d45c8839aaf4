// SPDX-License-Identifier: GPL-3.0-or-later

/// Writes JSON by hand into a byte buffer that keeps its memory from one message to the next: headers leave at frame rate,
/// and a general encoder allocates for every key.
///
/// Commas are placed by looking at the last byte. Nothing checks that objects are closed: the callers are few and tested.
public struct JSONWriter: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init(capacity: Int = 2048) { bytes.reserveCapacity(capacity) }

  /// Empties the buffer and keeps its memory.
  public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  // MARK: structure

  public mutating func beginObject() {
    separate()
    bytes.append(UInt8(ascii: "{"))
  }

  public mutating func endObject() { bytes.append(UInt8(ascii: "}")) }

  public mutating func beginArray() {
    separate()
    bytes.append(UInt8(ascii: "["))
  }

  public mutating func endArray() { bytes.append(UInt8(ascii: "]")) }

  /// A key; its value must follow. Keys are literals that need no escape.
  public mutating func key(_ name: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    append(name)
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }

  /// A key that is not a literal.
  public mutating func dynamicKey(_ name: String) {
    value(name)
    bytes.append(UInt8(ascii: ":"))
  }

  public mutating func object(_ name: StaticString, _ body: (inout JSONWriter) -> Void) {
    key(name)
    beginObject()
    body(&self)
    endObject()
  }

  public mutating func array(_ name: StaticString, _ body: (inout JSONWriter) -> Void) {
    key(name)
    beginArray()
    body(&self)
    endArray()
  }

  // MARK: members

  public mutating func member(_ name: StaticString, _ text: String) {
    key(name)
    value(text)
  }

  /// `null` where there is no text.
  public mutating func member(_ name: StaticString, _ text: String?) {
    key(name)
    if let text { value(text) } else { null() }
  }

  public mutating func member(_ name: StaticString, _ number: some BinaryInteger) {
    key(name)
    value(number)
  }

  /// `null` where the number is missing or not finite: JSON has neither NaN nor infinity.
  public mutating func member(_ name: StaticString, _ number: Double?) {
    key(name)
    if let number { value(number) } else { null() }
  }

  public mutating func member(_ name: StaticString, _ flag: Bool) {
    key(name)
    value(flag)
  }

  // MARK: values

  public mutating func null() {
    separate()
    append("null")
  }

  public mutating func value(_ flag: Bool) {
    separate()
    append(flag ? "true" : "false")
  }

  public mutating func value(_ number: some BinaryInteger) {
    separate()
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    appendDigits(UInt64(number.magnitude))
  }

  /// At most 12 decimals below a million (an ångström-sized pixel in nm keeps ten digits), 6 below 10¹², else the shortest
  /// text that gives the number back.
  public mutating func value(_ number: Double) {
    guard number.isFinite else { return null() }
    let magnitude = number.magnitude
    guard magnitude < 1e12 else {
      separate()
      bytes.append(contentsOf: number.description.utf8)
      return
    }
    separate()
    let decimals = magnitude < 1e6 ? 12 : 6
    let unit: UInt64 = magnitude < 1e6 ? 1_000_000_000_000 : 1_000_000
    let scaled = UInt64((magnitude * Double(unit)).rounded())
    if number < 0, scaled > 0 { bytes.append(UInt8(ascii: "-")) }
    appendDigits(scaled / unit)
    bytes.append(UInt8(ascii: "."))
    let start = bytes.count
    appendDigits(scaled % unit, padding: decimals)
    while bytes.count > start + 1, bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
  }

  /// Text with the escapes JSON asks for; everything else goes out as the UTF-8 it is.
  public mutating func value(_ text: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0..<0x20:
        append("\\u00")
        bytes.append(Self.hexDigit(byte >> 4))
        bytes.append(Self.hexDigit(byte & 15))
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  // MARK: bytes

  private mutating func separate() {
    switch bytes.last {
    case nil, UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: ":"): break
    default: bytes.append(UInt8(ascii: ","))
    }
  }

  private mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  private mutating func appendDigits(_ number: UInt64, padding: Int = 1) {
    let start = bytes.count
    var rest = number
    var written = 0
    while rest > 0 || written < padding {
      bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
      written += 1
    }
    // A slice would copy the buffer.
    var (low, high) = (start, bytes.count - 1)
    while low < high {
      bytes.swapAt(low, high)
      (low, high) = (low + 1, high - 1)
    }
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}
