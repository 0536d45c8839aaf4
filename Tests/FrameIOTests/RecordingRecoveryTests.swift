// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import Testing

@Suite("Recovery of recordings")
struct RecordingRecoveryTests {
  let folder: TemporaryFolder
  let messages = RecordingTests.samples(40)
  let card = RecordingAttachment(name: "card.json", mediaType: "application/json", bytes: Array("{}".utf8), timeNs: 7)

  init() throws { folder = try TemporaryFolder() }

  func whole() throws -> [UInt8] {
    let path = folder.path("whole.mcap")
    var writer = try RecordingWriter(path: path, attachments: [card])
    for message in messages { try writer.append(message) }
    try writer.finish()
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  func recover(_ bytes: [UInt8]) throws -> (recovery: RecordingRecovery, messages: [SampleMessage]) {
    let output = folder.path("good.mcap")
    let recovery = try RecordingRecovery(from: try folder.write(bytes, to: "bad.mcap"), to: output)
    let read = try readAll(output)
    #expect(!read.isTruncated && read.messages.count == Int(recovery.messageCount))
    return (recovery, read.messages)
  }

  /// Places of the chunk records of a recording of ours: they follow each other, with indexes between.
  func chunks(_ bytes: [UInt8]) -> [Range<Int>] {
    var chunks: [Range<Int>] = []
    var at = 8
    while at + 9 <= bytes.count, bytes[at] != 0x0F {
      let length = bytes[at + 1..<at + 9].reversed().reduce(0) { $0 << 8 | Int($1) }
      if bytes[at] == 6 { chunks.append(at..<at + 9 + length) }
      at += 9 + length
    }
    return chunks
  }

  @Test("a whole recording comes back as it is, with its attachments")
  func nothingLost() throws {
    let result = try recover(try whole())
    #expect(result.messages == messages)
    #expect(result.recovery.losses.count == 0 && !result.recovery.isTruncated)
    #expect(result.recovery.attachmentCount == 1 && result.recovery.channelCount == 2)
    var reader = try RecordingReader(path: folder.path("good.mcap"))
    var message = RecordedMessage()
    #expect(try reader.next(into: &message))
    let attachments = reader.attachments
    #expect(attachments == [card])
  }

  @Test("a chunk with a wrong byte is lost, all others are kept; the loss is told")
  func oneChunk() throws {
    let bytes = try whole()
    let chunks = chunks(bytes)
    try #require(chunks.count > 10)
    for chunk in chunks {
      var damaged = bytes
      damaged[chunk.lowerBound + 60] ^= 1
      let result = try recover(damaged)
      #expect(result.messages.count < messages.count && result.messages.count >= messages.count - 3)
      #expect(result.messages.allSatisfy { messages.contains($0) })
      let loss = try #require(result.recovery.losses.first.first)
      #expect(result.recovery.losses.count == 1 && loss.range.lowerBound == chunk.lowerBound)
      #expect(loss.reason.contains("checksum"))
    }
  }

  @Test("wrong lengths, foreign bytes in between and a beginning that is gone cost only what they hit")
  func lostTrack() throws {
    let bytes = try whole()
    let chunks = chunks(bytes)
    var random = SeededRandom(seed: 3)
    // A length that leads beyond the file, or into the midst of another record.
    for (byte, value) in [(7, UInt8(1)), (2, bytes[chunks[4].lowerBound + 2] ^ 5)] {
      var damaged = bytes
      damaged[chunks[4].lowerBound + byte] = value
      let result = try recover(damaged)
      #expect(result.messages.count >= messages.count - 3 && result.recovery.losses.count == 1)
    }
    for _ in 0..<20 {
      let place = chunks[Int.random(in: 2..<chunks.count - 2, using: &random)]
      let at = Int.random(in: place, using: &random)
      let foreign = (0..<500).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      let result = try recover(Array(bytes[..<at]) + foreign + bytes[at...])
      #expect(result.messages.count >= messages.count - 3 && result.recovery.losses.count >= 1)
      #expect(result.messages.allSatisfy { messages.contains($0) })
    }
    let beheaded = try recover(Array(bytes[(chunks[3].lowerBound + 5)...]))
    #expect(beheaded.messages == Array(messages.suffix(beheaded.messages.count)))
    #expect(beheaded.messages.count >= messages.count - 12)
  }

  @Test("random damage anywhere: never an error, never a message that was not there")
  func randomDamage() throws {
    let bytes = try whole()
    var random = SeededRandom(seed: 11)
    for _ in 0..<40 {
      var damaged = bytes
      for _ in 0..<3 {
        damaged[Int.random(in: 8..<bytes.count, using: &random)] = UInt8(truncatingIfNeeded: random.next())
      }
      let result = try recover(damaged)
      #expect(result.messages.count >= messages.count - 12)
      // Channel records of a chunk are covered by its checksum, as the messages are.
      #expect(result.messages.allSatisfy { messages.contains($0) })
    }
  }

  @Test("a file in which nothing is whole is refused, and nothing is written")
  func nothing() throws {
    let head = Array(try whole().prefix(20))
    let bad = try folder.write(head, to: "bad.mcap")
    let noise = try folder.write([UInt8](repeating: 6, count: 5000), to: "noise.mcap")
    #expect(throws: RecordingError.nothingToRecover(path: bad)) {
      try RecordingRecovery(from: bad, to: folder.path("good.mcap"))
    }
    #expect(throws: RecordingError.notARecording(path: noise)) {
      try RecordingRecovery(from: noise, to: folder.path("good.mcap"))
    }
    #expect(!folder.names.contains { $0.hasPrefix("good") })
  }

  @Test(
    "other programs' files, compressed and cut: schemas, metadata and channels are kept, and Python reads the result",
    .enabled(if: Python.hasMCAP, "needs Python with the package mcap"), arguments: ["ZSTD", "LZ4", "NONE"])
  func foreign(compression: String) throws {
    let write = """
      import sys
      from mcap.writer import Writer, CompressionType
      with open(sys.argv[1], "wb") as f:
          w = Writer(f, chunk_size=2000, compression=CompressionType[sys.argv[2]])
          w.start()
          s = w.register_schema("note", "jsonschema", b"{}")
          c = w.register_channel("/notes", "json", s, {"by": "python"})
          w.add_attachment(1, 2, "a.txt", "text/plain", b"hello")
          w.add_metadata("setup", {"k": "v"})
          for i in range(500):
              w.add_message(c, log_time=i, publish_time=i, sequence=i, data=b'{"n": %d}' % i)
          w.finish()
      import os
      os.truncate(sys.argv[1], int(os.path.getsize(sys.argv[1]) * 0.6))
      """
    let (bad, good) = (folder.path("bad.mcap"), folder.path("good.mcap"))
    try Python.run(write, [bad, compression])
    let recovery = try RecordingRecovery(from: bad, to: good)
    #expect(recovery.messageCount > 50 && recovery.isTruncated)
    let check = """
      import sys
      from mcap.reader import make_reader
      with open(sys.argv[1], "rb") as f:
          r = make_reader(f, validate_crcs=True)
          n = 0
          for schema, channel, message in r.iter_messages():
              assert (schema.name, channel.topic, channel.metadata) == ("note", "/notes", {"by": "python"})
              assert message.sequence == n == message.log_time and message.data == b'{"n": %d}' % n
              n += 1
          assert [(a.name, a.data) for a in r.iter_attachments()] == [("a.txt", b"hello")]
          assert [(m.name, m.metadata) for m in r.iter_metadata()] == [("setup", {"k": "v"})]
          assert r.get_summary().statistics.message_count == n
          print(n)
      """
    #expect(try Python.run(check, [good]).trimmingCharacters(in: .whitespacesAndNewlines) == "\(recovery.messageCount)")
  }

  @Test(
    "Python reads our attachments", .enabled(if: Python.hasMCAP, "needs Python with the package mcap"))
  func attachments() throws {
    _ = try whole()
    let script = """
      import sys
      from mcap.reader import make_reader
      with open(sys.argv[1], "rb") as f:
          r = make_reader(f, validate_crcs=True)
          print([(a.name, a.media_type, a.data, a.log_time) for a in r.iter_attachments()])
          assert r.get_summary().statistics.attachment_count == 1
      """
    let output = try Python.run(script, [folder.path("whole.mcap")])
    #expect(output == "[('card.json', 'application/json', b'{}', 7)]\n")
  }
}
