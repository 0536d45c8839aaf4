// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import Testing

/// Compressed chunks hold much in few bytes: what stays in memory of them has a bound.
@Suite("What recordings may keep in memory")
struct RecordingMemoryTests {
  let folder: TemporaryFolder
  static let head = MCAPBytes.magic + MCAPBytes.record(1, MCAPBytes.text("") + MCAPBytes.text(""))
  static let end = MCAPBytes.record(15, MCAPBytes.u32(0))
  /// More topics of 4 KiB than 32 MiB hold.
  static let tooManyChannels = 8200

  init() throws { folder = try TemporaryFolder() }

  /// The records that a chunk compressed by zstd holds, with topics as runs of one letter.
  struct Records {
    private(set) var frame = ZstdFrame()

    mutating func addChannel(_ id: UInt16, topicByteCount: Int) {
      let tail = MCAPBytes.text("x-zmq-multipart") + MCAPBytes.u32(0)
      frame.add([4] + MCAPBytes.u64(UInt64(8 + topicByteCount + tail.count)))
      frame.add(MCAPBytes.u16(id) + MCAPBytes.u16(0) + MCAPBytes.u32(UInt32(topicByteCount)))
      frame.add(UInt8(ascii: "a"), times: topicByteCount)
      frame.add(tail)
    }

    mutating func addMessage(_ id: UInt16, part: [UInt8]) {
      let head = MCAPBytes.u16(id) + MCAPBytes.u32(0) + MCAPBytes.u64(1) + MCAPBytes.u64(1)
      frame.add(MCAPBytes.record(5, head + MCAPBytes.u64(UInt64(part.count)) + part))
    }

    mutating func add(_ record: [UInt8]) { frame.add(record) }

    var chunk: [UInt8] {
      let packed = frame.finished
      return MCAPBytes.record(
        6,
        MCAPBytes.u64(1) + MCAPBytes.u64(1) + MCAPBytes.u64(UInt64(frame.byteCount)) + MCAPBytes.u32(0)
          + MCAPBytes.text("zstd") + MCAPBytes.u64(UInt64(packed.count)) + packed)
    }
  }

  /// A recording of one chunk; what is wrong with it, or nil where it is read to its end.
  func failure(_ body: (inout Records) -> Void) throws -> String? {
    var records = Records()
    body(&records)
    let path = try folder.write(Self.head + records.chunk + Self.end, to: "a.mcap")
    do {
      return try readAll(path).isTruncated ? "truncated" : nil
    } catch let error as RecordingError {
      return error.description
    }
  }

  @Test("a chunk made by hand is read") func sound() throws {
    var records = Records()
    records.addChannel(3, topicByteCount: 7)
    records.addMessage(3, part: [1, 2, 3])
    let read = try readAll(try folder.write(Self.head + records.chunk + Self.end, to: "a.mcap"))
    #expect(!read.isTruncated && read.messages.map(\.parts) == [[[1, 2, 3]]])
    #expect(read.messages.map(\.source) == ["aaaaaaa"])
  }

  @Test("a topic has a bound, and so has every description inside a chunk") func oneRecord() throws {
    #expect(try failure { $0.addChannel(1, topicByteCount: 4096) } == nil)
    #expect(try failure { $0.addChannel(1, topicByteCount: 4097) }?.contains("topic of 4097 bytes") == true)
    #expect(
      try failure { $0.addChannel(1, topicByteCount: 16 << 20) }?.contains("expected at most \(16 << 20)") == true)
  }

  @Test("all channels together have a bound; a channel that is described again counts once") func allTogether() throws {
    let many = try failure { records in
      for id in 0..<Self.tooManyChannels { records.addChannel(UInt16(id), topicByteCount: 4096) }
    }
    #expect(many?.contains("schemas and channels of more than") == true)
    let again = try failure { records in
      for _ in 0..<Self.tooManyChannels { records.addChannel(1, topicByteCount: 4096) }
    }
    #expect(again == nil)
  }

  @Test("attachments and metadata stand outside of chunks") func others() throws {
    let metadata = MCAPBytes.record(12, MCAPBytes.text("a") + MCAPBytes.u32(0))
    #expect(try failure { $0.add(metadata) }?.contains("type 12 in a chunk") == true)
    #expect(try failure { $0.add(MCAPBytes.record(9, [])) }?.contains("type 9 in a chunk") == true)
  }

  @Test("recovery keeps to the same bounds, and tells what it left out") func recovery() throws {
    var (sound, hostile) = (Records(), Records())
    sound.addChannel(1, topicByteCount: 7)
    sound.addMessage(1, part: [1, 2, 3])
    for id in 2..<Self.tooManyChannels + 2 { hostile.addChannel(UInt16(id), topicByteCount: 4096) }
    let bad = try folder.write(Self.head + sound.chunk + hostile.chunk + Self.end, to: "bad.mcap")
    let recovery = try RecordingRecovery(from: bad, to: folder.path("good.mcap"))
    #expect(recovery.messageCount == 1 && recovery.channelCount < Self.tooManyChannels)
    #expect(recovery.losses.count > 0)
    #expect(recovery.losses.first.allSatisfy { $0.reason.contains("schemas and channels of more than") })
    #expect(try readAll(folder.path("good.mcap")).messages.map(\.parts) == [[[1, 2, 3]]])
  }
}

/// A zstd frame (RFC 8878) of blocks as they are and of blocks that repeat one byte.
struct ZstdFrame {
  /// What comes out of it.
  private(set) var byteCount = 0
  // Magic, no options, a window of 256 KiB.
  private var bytes: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x40]
  private static let largestBlock = 128 << 10

  mutating func add(_ literal: [UInt8]) {
    addHead(type: 0, byteCount: literal.count)
    bytes += literal
  }

  mutating func add(_ byte: UInt8, times: Int) {
    for start in stride(from: 0, to: times, by: Self.largestBlock) {
      addHead(type: 1, byteCount: min(Self.largestBlock, times - start))
      bytes.append(byte)
    }
  }

  /// The frame with its last block, which is empty.
  var finished: [UInt8] { bytes + [1, 0, 0] }

  private mutating func addHead(type: Int, byteCount: Int) {
    let head = byteCount << 3 | type << 1
    for shift in [0, 8, 16] { bytes.append(UInt8(truncatingIfNeeded: head >> shift)) }
    self.byteCount += byteCount
  }
}
