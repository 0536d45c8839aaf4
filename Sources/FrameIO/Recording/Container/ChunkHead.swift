// SPDX-License-Identifier: GPL-3.0-or-later

/// What stands before the records of a chunk.
struct ChunkHead {
  /// Bytes of this head, without opcode and length.
  var byteCount: Int
  var byteCountUnpacked: Int
  /// Of the unpacked records; 0 for none.
  var checksum: UInt32
  /// Empty for none.
  var compression: String
  /// Bytes of the records as they stand in the file.
  var storedByteCount: Int

  /// Longest name of a compression that is looked at.
  static let longestName = 32
  /// Opcode, length and head with the longest name.
  static let largest = MCAP.recordHead + MCAP.chunkHead + longestName

  enum Outcome {
    case success(ChunkHead)
    case endsEarly
    case damaged(String)
  }

  /// From the body of a chunk record of `length` bytes; `bytes` gives its first so many bytes, or nil where the file ends.
  static func read(
    _ bytes: (Int) throws(RecordingError) -> [UInt8]?, length: UInt64
  ) throws(RecordingError) -> Outcome {
    guard length >= UInt64(MCAP.chunkHead) else { return .damaged("chunk of \(length) bytes") }
    let fixed = 8 + 8 + 8 + 4 + 4
    guard let first = try bytes(fixed) else { return .endsEarly }
    let (unpacked, checksum, nameLength) = first.withUnsafeBytes {
      (
        UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
        UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: 24, as: UInt32.self)),
        UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: 28, as: UInt32.self))
      )
    }
    guard nameLength <= UInt32(longestName) else { return .damaged("name of a compression of \(nameLength) bytes") }
    let headLength = MCAP.chunkHead + Int(nameLength)
    guard let head = try bytes(headLength) else { return .endsEarly }
    let name = String(decoding: head[fixed..<fixed + Int(nameLength)], as: UTF8.self)
    let stored = head.withUnsafeBytes {
      UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: fixed + Int(nameLength), as: UInt64.self))
    }
    guard length >= UInt64(headLength), stored == length - UInt64(headLength), !name.isEmpty || stored == unpacked
    else {
      return .damaged("chunk whose sizes contradict each other")
    }
    guard max(stored, unpacked) <= UInt64(MCAP.largestRecords) else {
      return .damaged("chunk of \(max(stored, unpacked)) bytes, expected at most \(MCAP.largestRecords)")
    }
    return .success(
      ChunkHead(
        byteCount: headLength, byteCountUnpacked: Int(unpacked), checksum: checksum, compression: name,
        storedByteCount: Int(stored)))
  }

  /// Where a chunk with a checksum could end that begins at `at`, within `limit`; nil when none can begin there. Cheap: for
  /// looking at every byte of a damaged file.
  static func plausibleEnd(_ bytes: [UInt8], at: Int, of limit: Int) -> Int? {
    bytes.withUnsafeBytes { raw -> Int? in
      guard raw.count - at >= MCAP.recordHead + MCAP.chunkHead else { return nil }
      func u64(_ offset: Int) -> UInt64 {
        UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: at + offset, as: UInt64.self))
      }
      let length = u64(1)
      guard length >= UInt64(MCAP.chunkHead), length <= UInt64(max(0, limit - at - MCAP.recordHead)) else { return nil }
      let nameLength = u64(9 + 28) & 0xFFFF_FFFF
      guard u64(9) <= u64(17), u64(9 + 24) & 0xFFFF_FFFF != 0, nameLength == 0 || nameLength == 3 || nameLength == 4
      else { return nil }
      return at + MCAP.recordHead + Int(length)
    }
  }
}
