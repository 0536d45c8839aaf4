// SPDX-License-Identifier: GPL-3.0-or-later

/// An input as messages of parts. Between parts stand two bytes that no UTF-8 text has, between messages two others.
struct WireParts {
  static let betweenParts: (UInt8, UInt8) = (0xC0, 0xC1)
  static let betweenMessages: (UInt8, UInt8) = (0xC0, 0xC2)
  /// More than any message has.
  static let largestCount = 70
  static let mostMessages = 8

  static func messages(_ bytes: UnsafeRawBufferPointer) -> [[UnsafeRawBufferPointer]] {
    split(bytes, at: betweenMessages, most: mostMessages).map { split($0, at: betweenParts, most: largestCount) }
  }

  private static func split(
    _ bytes: UnsafeRawBufferPointer, at separator: (UInt8, UInt8), most: Int
  ) -> [UnsafeRawBufferPointer] {
    var parts: [UnsafeRawBufferPointer] = []
    var start = 0
    var i = 0
    while i + 1 < bytes.count, parts.count < most {
      guard bytes[i] == separator.0, bytes[i + 1] == separator.1 else {
        i += 1
        continue
      }
      parts.append(UnsafeRawBufferPointer(rebasing: bytes[start..<i]))
      i += 2
      start = i
    }
    return parts + [UnsafeRawBufferPointer(rebasing: bytes[start...])]
  }
}
