// SPDX-License-Identifier: GPL-3.0-or-later

/// Keys as text: five characters for four bytes, most significant first (ZeroMQ RFC 32).
///
/// On buffers and not on strings, so that a secret key leaves no copies behind.
enum Z85 {
  private static let alphabet = Array(
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#".utf8)

  /// The digit of each character, 255 for those that are none.
  private static let digits: [UInt8] = {
    var digits = [UInt8](repeating: 255, count: 256)
    for (digit, character) in alphabet.enumerated() { digits[Int(character)] = UInt8(digit) }
    return digits
  }()

  static func isText(_ text: some Sequence<UInt8>) -> Bool { text.allSatisfy { digits[Int($0)] != 255 } }

  /// Fills `bytes` from a text of 5/4 of its length; false where it is none.
  static func decode(_ text: UnsafeRawBufferPointer, into bytes: UnsafeMutableRawBufferPointer) -> Bool {
    guard bytes.count % 4 == 0, text.count == bytes.count / 4 * 5 else { return false }
    for group in 0..<bytes.count / 4 {
      var value: UInt64 = 0
      for i in 0..<5 {
        let digit = digits[Int(text[group * 5 + i])]
        guard digit != 255 else { return false }
        value = value * 85 + UInt64(digit)
      }
      guard let word = UInt32(exactly: value) else { return false }
      bytes.storeBytes(of: word.bigEndian, toByteOffset: group * 4, as: UInt32.self)
    }
    return true
  }

  /// Fills `text` with 5/4 as many characters as there are bytes, a multiple of four.
  static func encode(_ bytes: UnsafeRawBufferPointer, into text: UnsafeMutableRawBufferPointer) {
    precondition(bytes.count % 4 == 0 && text.count == bytes.count / 4 * 5, "five characters for four bytes")
    for group in 0..<bytes.count / 4 {
      var value = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: group * 4, as: UInt32.self))
      for i in (0..<5).reversed() {
        text[group * 5 + i] = alphabet[Int(value % 85)]
        value /= 85
      }
    }
  }
}
