// SPDX-License-Identifier: GPL-3.0-or-later

/// A pixel type as a header spells it: numpy's names (`uint16`) and codes (`<u2`, `>f4`, `|u1`).
struct WirePixelType {
  var type: PixelType
  /// Nil when the spelling does not say.
  var isBigEndian: Bool?

  init?(_ value: JSONSlice) {
    guard value.kind == .string, !value.hasEscapes, !value.bytes.isEmpty else { return nil }
    var rest = value
    switch value.bytes[0] {
    case UInt8(ascii: "<"), UInt8(ascii: "="): isBigEndian = false  // "=" is the publisher's own order: little-endian
    case UInt8(ascii: ">"), UInt8(ascii: "!"): isBigEndian = true
    case UInt8(ascii: "|"): isBigEndian = nil
    default:
      isBigEndian = nil
      guard let type = Self.type(of: value) else { return nil }
      self.type = type
      return
    }
    rest.bytes = UnsafeRawBufferPointer(rebasing: value.bytes[1...])
    guard let type = Self.type(of: rest) else { return nil }
    self.type = type
  }

  private static func type(of value: JSONSlice) -> PixelType? {
    if value.equals("uint16") || value.equals("u2") { return .uint16 }
    if value.equals("uint8") || value.equals("u1") { return .uint8 }
    if value.equals("float32") || value.equals("f4") { return .float32 }
    if value.equals("int16") || value.equals("i2") { return .int16 }
    if value.equals("uint32") || value.equals("u4") { return .uint32 }
    if value.equals("int32") || value.equals("i4") { return .int32 }
    if value.equals("float64") || value.equals("f8") { return .float64 }
    return nil
  }
}
