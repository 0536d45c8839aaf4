// SPDX-License-Identifier: GPL-3.0-or-later

/// Appends little-endian values to bytes.
struct ByteWriter {
  var bytes: [UInt8] = []

  mutating func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// u32 length and UTF-8.
  mutating func put(_ text: String) {
    put(UInt32(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  /// A record: its opcode, length, and what `body` appends.
  mutating func record(_ opcode: UInt8, _ body: (inout ByteWriter) -> Void) {
    put(opcode)
    let start = bytes.count
    put(UInt64(0))
    body(&self)
    let length = UInt64(bytes.count - start - 8)
    for i in 0..<8 { bytes[start + i] = UInt8(truncatingIfNeeded: length >> (8 * UInt64(i))) }
  }
}
