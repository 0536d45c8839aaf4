// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import FrameIO

@Suite("Files that are small and unpack to much")
struct RecordingBombTests {
  /// Heads of chunks, each within the data of the one before, in a frame of zstd that is to be skipped; behind them all one frame of
  /// `megabytes` of zeros.
  private func nested(heads: Int, megabytes: Int) -> [UInt8] {
    var zeros = ByteWriter(bytes: [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x38])
    for n in 0..<8 * megabytes {
      // A block of 128 KiB that repeats one byte.
      let head = UInt32(n == 8 * megabytes - 1 ? 1 : 0) | 2 | 131_072 << 3
      zeros.bytes += [UInt8(head & 0xFF), UInt8(head >> 8 & 0xFF), UInt8(head >> 16), 0]
    }
    let headByteCount = 61
    let total = heads * headByteCount + zeros.bytes.count
    var file = ByteWriter(bytes: [])
    for n in 0..<heads {
      let at = n * headByteCount
      file.put(MCAP.Opcode.chunk)
      file.put(UInt64(total - at - 9))
      file.put(UInt64(0))
      file.put(UInt64(1))
      file.put(UInt64(1 << 30))
      file.put(UInt32(0xDEAD_BEEF))
      file.put("zstd")
      file.put(UInt64(total - at - 53))
      file.put(UInt32(0x184D_2A50))
      file.put(UInt32(heads * headByteCount - at - headByteCount))
    }
    return file.bytes + zeros.bytes
  }

  @Test("what unpacks counts for the search, so that one cheap megabyte is not unpacked for every head before it")
  func nestedHeads() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(nested(heads: 50, megabytes: 20), to: "bomb.mcap")
    var reader = try RecordReader(path: path, policy: .isPassedOver)
    let whole = reader.searchBudget
    var refusal: RecordingError?
    do throws(RecordingError) {
      while try reader.next() != nil {}
    } catch {
      refusal = error
    }
    #expect(refusal == .notARecording(path: path))
    let left = reader.searchBudget
    // Four times twenty megabytes, and no more of them.
    #expect(left < 0 && left > -(21 << 20), "\(left) of \(whole)")
  }
}
