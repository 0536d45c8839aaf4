// SPDX-License-Identifier: GPL-3.0-or-later

/// An input as the parts of a message: they stand between two bytes that no UTF-8 text has.
struct WireParts {
  static let separator: (UInt8, UInt8) = (0xC0, 0xC1)
  /// More than any message has.
  static let largestCount = 70

  private(set) var parts: [UnsafeRawBufferPointer] = []

  init(_ bytes: UnsafeRawBufferPointer) {
    var start = 0
    var i = 0
    while i + 1 < bytes.count, parts.count < Self.largestCount {
      guard bytes[i] == Self.separator.0, bytes[i + 1] == Self.separator.1 else {
        i += 1
        continue
      }
      parts.append(UnsafeRawBufferPointer(rebasing: bytes[start..<i]))
      i += 2
      start = i
    }
    parts.append(UnsafeRawBufferPointer(rebasing: bytes[start...]))
  }
}
