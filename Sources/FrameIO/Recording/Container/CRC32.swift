// SPDX-License-Identifier: GPL-3.0-or-later

/// The CRC-32 of zlib and of MCAP (polynomial 0xEDB88320, reflected), eight bytes a step.
struct CRC32 {
  private var state: UInt32 = 0xFFFF_FFFF

  var value: UInt32 { ~state }

  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var crc = CRC32()
    crc.update(bytes)
    return crc.value
  }

  /// `tables[k * 256 + b]`: what byte b, followed by k zero bytes, does to the register.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
      tables[byte] = crc
    }
    for i in 256..<tables.count { tables[i] = tables[i - 256] >> 8 ^ tables[Int(tables[i - 256] & 0xFF)] }
    return tables
  }()

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var crc = state
    Self.tables.withUnsafeBufferPointer { tables in
      var i = 0
      while i + 8 <= bytes.count {
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)) ^ UInt64(crc)
        crc = 0
        for k in 0..<8 { crc ^= tables[(7 - k) &* 256 + Int(word >> (8 &* UInt64(k)) & 0xFF)] }
        i += 8
      }
      while i < bytes.count {
        crc = crc >> 8 ^ tables[Int((crc ^ UInt32(bytes[i])) & 0xFF)]
        i += 1
      }
    }
    state = crc
  }
}
