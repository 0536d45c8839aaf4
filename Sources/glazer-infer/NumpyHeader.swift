// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// The head of a NumPy array (.npy, versions 1 to 3): what its elements are and how many along each axis.
struct NumpyHeader {
  /// Magic, version and the length of what follows.
  static let prefixBytes = 12
  private static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]

  /// On one line, for errors.
  let text: String
  let shape: [Int]
  let isPlainFloat: Bool

  static func begins(_ bytes: Slice<UnsafeMutableRawBufferPointer>) -> Bool {
    bytes.count >= prefixBytes && bytes.prefix(magic.count).elementsEqual(magic)
  }

  /// Bytes up to the first element. Version 1 has two bytes of length, which takes the prefix two bytes into the text.
  static func byteCount(_ bytes: Slice<UnsafeMutableRawBufferPointer>) -> Int {
    let digits = bytes[6] == 1 ? 2 : 4
    return 8 + digits + (0..<digits).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
  }

  /// From the text behind the prefix; nil when it holds no shape.
  init?(_ bytes: Slice<UnsafeMutableRawBufferPointer>) {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let open = text.firstIndex(of: "("), let close = text.firstIndex(of: ")"), open < close else { return nil }
    let sides = text[text.index(after: open)..<close].split(separator: ",").map { $0.filter { $0 != " " } }
    let numbers = sides.filter { !$0.isEmpty }.map { Int($0) }
    guard numbers.allSatisfy({ $0 != nil }) else { return nil }
    shape = numbers.compactMap(\.self)
    isPlainFloat = text.contains("'<f4'") && text.contains("'fortran_order': False")
    self.text = String(text.prefix(120)).onOneLine
  }
}
