// SPDX-License-Identifier: GPL-3.0-or-later

/// Takes little-endian values from bytes; nil where they end.
struct ByteReader {
  private let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var remaining: Int { bytes.count - position }

  mutating func take<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type) -> Value? {
    let size = MemoryLayout<Value>.size
    guard remaining >= size else { return nil }
    defer { position += size }
    return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: type))
  }

  mutating func take(byteCount: UInt64) -> UnsafeRawBufferPointer? {
    guard let count = Int(exactly: byteCount), count <= remaining else { return nil }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  /// u32 length and UTF-8.
  mutating func takeText() -> String? {
    guard let length = take(UInt32.self), let text = take(byteCount: UInt64(length)) else { return nil }
    return String(decoding: text, as: UTF8.self)
  }
}
