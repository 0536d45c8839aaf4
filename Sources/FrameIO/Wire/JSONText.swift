// SPDX-License-Identifier: GPL-3.0-or-later

/// Strings of JSON.
enum JSONText {
  /// Resolves the escapes of a JSON string; nil when one is malformed.
  static func unescaped(_ bytes: UnsafeRawBufferPointer) -> String? {
    var units: [UInt16] = []
    var plain: [UInt8] = []
    func flush() {
      units.append(contentsOf: String(decoding: plain, as: UTF8.self).utf16)
      plain.removeAll(keepingCapacity: true)
    }
    var i = 0
    while i < bytes.count {
      guard bytes[i] == UInt8(ascii: "\\") else {
        plain.append(bytes[i])
        i += 1
        continue
      }
      guard i + 1 < bytes.count else { return nil }
      switch bytes[i + 1] {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain.append(bytes[i + 1])
      case UInt8(ascii: "b"): plain.append(0x08)
      case UInt8(ascii: "f"): plain.append(0x0C)
      case UInt8(ascii: "n"): plain.append(0x0A)
      case UInt8(ascii: "r"): plain.append(0x0D)
      case UInt8(ascii: "t"): plain.append(0x09)
      case UInt8(ascii: "u"):
        guard i + 6 <= bytes.count,
          let unit = UInt16(String(decoding: bytes[i + 2..<i + 6], as: UTF8.self), radix: 16)
        else { return nil }
        flush()
        units.append(unit)
        i += 4
      default: return nil
      }
      i += 2
    }
    flush()
    return String(decoding: units, as: UTF16.self)
  }
}
