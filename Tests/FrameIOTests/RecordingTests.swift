// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import Testing

@Suite struct RecordingTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Messages of two sources, 300 ms apart, so that chunks end by age.
  static func samples(_ count: Int, pixels: Int = 700) -> [SampleMessage] {
    var random = SeededRandom(seed: 8)
    return (0..<count).map { i in
      let bytes = (0..<pixels + i).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      let header = Array(#"{"frame":\#(i)}"#.utf8)
      let time = 1_700_000_000_000_000_000 + UInt64(i) * 300_000_000
      return SampleMessage(
        source: i % 3 == 2 ? "adf" : "abf", logTimeNs: time, publishTimeNs: time - 1000,
        parts: i % 4 == 1 ? [Array("topic".utf8), header, bytes] : i % 4 == 3 ? [header] : [header, bytes, []])
    }
  }

  func write(_ messages: [SampleMessage], to name: String) throws -> String {
    let path = folder.path(name)
    var writer = try RecordingWriter(path: path)
    for message in messages { try writer.append(message) }
    try writer.finish()
    return path
  }

  @Test(arguments: [1, 5, 40]) func messagesComeBack(count: Int) throws {
    let messages = Self.samples(count)
    let path = try write(messages, to: "a.mcap")
    let read = try readAll(path)
    #expect(read.messages == messages)
    #expect(!read.isTruncated)
    #expect(folder.names == ["a.mcap"])
  }

  @Test func anEmptyRecordingIsValid() throws {
    let read = try readAll(try write([], to: "a.mcap"))
    #expect(read.messages.isEmpty && !read.isTruncated)
  }

  @Test func chunksEndBySize() throws {
    let messages = Self.samples(3, pixels: RecordingWriter.chunkByteCount / 2 + 1).map {
      var message = $0
      message.logTimeNs = 5
      return message
    }
    let path = folder.path("a.mcap")
    var writer = try RecordingWriter(path: path)
    for message in messages { try writer.append(message) }
    let size = try FileManager.default.attributesOfItem(atPath: path + ".part")[.size] as? Int ?? 0
    #expect(size > RecordingWriter.chunkByteCount)
    try writer.finish()
    #expect(try readAll(path).messages == messages)
  }

  @Test func sequencesCountByChannelAndRewindRepeats() throws {
    let path = try write(Self.samples(12), to: "a.mcap")
    var reader = try RecordingReader(path: path)
    var message = RecordedMessage()
    for _ in 0..<2 {
      var next: [String: UInt32] = [:]
      var count = 0
      while try reader.next(into: &message) {
        #expect(message.sequence == next[message.source, default: 0])
        next[message.source, default: 0] += 1
        count += 1
      }
      #expect(count == 12)
      reader.rewind()
    }
  }

  /// What a power failure leaves: the part file, readable.
  @Test func anUnfinishedRecordingIsReadable() throws {
    let messages = Self.samples(10)
    let path = folder.path("a.mcap")
    do {
      var writer = try RecordingWriter(path: path)
      for message in messages { try writer.append(message) }
    }
    let read = try readAll(path + ".part")
    #expect(read.isTruncated)
    // A chunk is written when its first message is half a second old: at most two of these messages wait.
    #expect(read.messages.count >= 8)
    #expect(read.messages.elementsEqual(messages.prefix(read.messages.count)))
  }

  @Test("at each of 1,000 random cuts the whole messages before it are read, and recovered")
  func everyCutGivesTheWholeMessagesBeforeIt() throws {
    let messages = Self.samples(25)
    let path = try write(messages, to: "a.mcap")
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    var random = SeededRandom(seed: 2)
    var cuts = (0..<1000).map { _ in Int.random(in: 8..<whole.count, using: &random) }
    cuts += [8, 9, whole.count - 1]
    // Where the record of each message ends: after its data, which is the end of its longest part and what follows it.
    let file = Data(whole)
    let ends = messages.map { message -> Int in
      let data = message.parts.flatMap { MCAPBytes.u64(UInt64($0.count)) + $0 }
      return file.range(of: Data(data))?.upperBound ?? .max
    }
    for (number, cut) in cuts.sorted().enumerated() {
      let path = try folder.write(Array(whole[..<cut]), to: "cut.mcap")
      let read = try readAll(path)
      let expected = ends.count { $0 <= cut }
      #expect(read.messages == Array(messages.prefix(expected)), "cut at \(cut)")
      #expect(read.isTruncated || expected == messages.count)
      guard number % 25 == 0, expected > 0 else { continue }
      let recovery = try RecordingRecovery(from: path, to: folder.path("good.mcap"))
      let recovered = try readAll(folder.path("good.mcap"))
      #expect(recovered.messages == read.messages && !recovered.isTruncated)
      #expect(recovery.messageCount == expected && recovery.isTruncated == read.isTruncated)
    }
    for cut in [0, 1, 7] {
      let path = try folder.write(Array(whole[..<cut]), to: "cut.mcap")
      #expect(throws: RecordingError.notARecording(path: path)) { try readAll(path) }
    }
  }

  /// A flipped byte inside a chunk is found by its checksum; anywhere else it may be an error, never a crash.
  @Test func damageIsFound() throws {
    let messages = Self.samples(25)
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: try write(messages, to: "a.mcap"))))
    var random = SeededRandom(seed: 4)
    var errors = 0
    for _ in 0..<150 {
      var bytes = whole
      let at = Int.random(in: 0..<bytes.count, using: &random)
      bytes[at] ^= UInt8(1 << Int.random(in: 0..<8, using: &random))
      let path = try folder.write(bytes, to: "b.mcap")
      do {
        let read = try readAll(path)
        #expect(read.messages.allSatisfy { messages.contains($0) })
      } catch let error as RecordingError {
        errors += 1
        #expect(error.category == .badData)
      }
    }
    #expect(errors > 100)
  }

  @Test func hostileLengthsAllocateNothing() throws {
    let head = MCAPBytes.magic + MCAPBytes.record(1, MCAPBytes.text("") + MCAPBytes.text(""))
    let channel = MCAPBytes.record(
      4,
      MCAPBytes.u16(1) + MCAPBytes.u16(0) + MCAPBytes.text("/in/a") + MCAPBytes.text("x-zmq-multipart")
        + MCAPBytes.u32(0))
    let times = MCAPBytes.u64(1) + MCAPBytes.u64(1)
    func message(_ id: UInt16, _ data: [UInt8]) -> [UInt8] {
      MCAPBytes.record(5, MCAPBytes.u16(id) + MCAPBytes.u32(0) + times + data)
    }
    let huge = UInt64(1) << 62
    let cases: [(bytes: [UInt8], isTruncation: Bool)] = [
      (head + [5] + MCAPBytes.u64(huge), true),
      (head + [9] + MCAPBytes.u64(huge), true),
      (
        head + [6] + MCAPBytes.u64(huge) + times + MCAPBytes.u64(huge - 40) + MCAPBytes.u32(0) + MCAPBytes.u32(0)
          + MCAPBytes.u64(huge - 40), false
      ),
      (head + [6] + MCAPBytes.u64(10) + MCAPBytes.u64(0), false),
      (head + [0] + MCAPBytes.u64(0), false),
      (head + message(7, []), false),
      (head + channel + message(1, []), false),
      (head + channel + message(1, MCAPBytes.u64(huge)), false),
      (head + channel + message(1, MCAPBytes.u64(.max)), false),
      (head + channel + message(1, MCAPBytes.u64(3) + [1, 2]), false),
      (head + channel + message(1, (0..<65).flatMap { _ in MCAPBytes.u64(0) }), false),
      (head + MCAPBytes.record(4, [1]), false),
      (head + MCAPBytes.record(5, [1]), false),
    ]
    for (i, sample) in cases.enumerated() {
      let path = try folder.write(sample.bytes, to: "h.mcap")
      if sample.isTruncation {
        let read = try readAll(path)
        #expect(read.isTruncated && read.messages.isEmpty, "case \(i)")
      } else {
        #expect(throws: RecordingError.self, "case \(i)") { try readAll(path) }
      }
    }
  }

  /// Other programs' channels are passed over; their compression is named.
  @Test func otherPeoplesRecordings() throws {
    let head = MCAPBytes.magic + MCAPBytes.record(1, MCAPBytes.text("ros2") + MCAPBytes.text("lib"))
    let channel = MCAPBytes.record(
      4, MCAPBytes.u16(1) + MCAPBytes.u16(0) + MCAPBytes.text("/other") + MCAPBytes.text("json") + MCAPBytes.u32(0))
    let message = MCAPBytes.record(
      5, MCAPBytes.u16(1) + MCAPBytes.u32(0) + MCAPBytes.u64(1) + MCAPBytes.u64(1) + Array("{}".utf8))
    let path = try folder.write(head + channel + message + MCAPBytes.record(15, MCAPBytes.u32(0)), to: "o.mcap")
    var reader = try RecordingReader(path: path)
    var recorded = RecordedMessage()
    #expect(try reader.next(into: &recorded) == false)
    let (others, isTruncated) = (reader.otherMessageCount, reader.isTruncated)
    #expect(others == 1 && !isTruncated)

    func chunk(_ compression: String, size: UInt64 = 9) -> [UInt8] {
      MCAPBytes.record(
        6,
        MCAPBytes.u64(1) + MCAPBytes.u64(1) + MCAPBytes.u64(size) + MCAPBytes.u32(0) + MCAPBytes.text(compression)
          + MCAPBytes.u64(2) + [1, 2])
    }
    let compressed = try folder.write(head + chunk("snappy"), to: "z.mcap")
    #expect(throws: RecordingError.unsupportedCompression(path: compressed, offset: head.count, found: "snappy")) {
      try readAll(compressed)
    }
    for (name, size) in [("zstd", 9), ("lz4", 9), ("zstd", UInt64(1) << 40)] {
      let path = try folder.write(head + chunk(name, size: size), to: "z.mcap")
      #expect(throws: RecordingError.self, "\(name)") { try readAll(path) }
    }
  }

  @Test("what is left of a recording is never overwritten")
  func leftovers() throws {
    let path = folder.path("a.mcap")
    do {
      var writer = try RecordingWriter(path: path)
      for message in Self.samples(4) { try writer.append(message) }
    }
    let left = try Data(contentsOf: URL(fileURLWithPath: path + ".part"))
    #expect(throws: RecordingError.unfinished(path: path + ".part")) { _ = try RecordingWriter(path: path) }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path + ".part")) == left)
  }

  @Test func notThere() throws {
    #expect(throws: RecordingError.cannotOpen(path: "/nowhere", reason: "No such file or directory")) {
      try readAll("/nowhere")
    }
    #expect(throws: RecordingError.cannotOpen(path: folder.url.path, reason: "not a regular file")) {
      try readAll(folder.url.path)
    }
    #expect(throws: RecordingError.self) { _ = try RecordingWriter(path: "/nowhere/a.mcap") }
  }

  @Test(.enabled(if: Python.hasMCAP, "needs Python with the package mcap"))
  func pythonReadsOurFiles() throws {
    let messages = Self.samples(25)
    let path = try write(messages, to: "a.mcap")
    let script = """
      import struct, sys
      from mcap.reader import make_reader
      from mcap.stream_reader import StreamReader
      def parts(data):
          out, at = [], 0
          while at < len(data):
              n, = struct.unpack_from("<q", data, at); at += 8
              out.append(data[at:at + n].hex()); at += n
          return out
      with open(sys.argv[1], "rb") as f:
          list(StreamReader(f, validate_crcs=True).records)
      with open(sys.argv[1], "rb") as f:
          reader = make_reader(f, validate_crcs=True)
          summary = reader.get_summary()
          assert summary.statistics.message_count == \(messages.count)
          assert summary.statistics.chunk_count == len(summary.chunk_indexes) > 1
          assert sum(summary.statistics.channel_message_counts.values()) == \(messages.count)
          for schema, channel, message in reader.iter_messages():
              assert schema is None and channel.message_encoding == "x-zmq-multipart"
              print(channel.topic, message.log_time, message.publish_time, *parts(message.data))
      """
    let lines = try Python.run(script, [path]).split(separator: "\n").map(String.init)
    let expected = messages.map { message in
      (["/in/\(message.source)", "\(message.logTimeNs)", "\(message.publishTimeNs)"]
        + message.parts.map { $0.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }).joined(separator: " ")
    }
    #expect(lines == expected)
  }

  @Test(.enabled(if: Python.hasMCAP, "needs Python with the package mcap"), arguments: [true, false])
  func weReadPythonsFiles(chunked: Bool) throws {
    try pythonFile(compression: "NONE", chunked: chunked)
  }

  /// zstd is what Python's writer does when nobody says anything.
  @Test(.enabled(if: Python.hasMCAP, "needs Python with the package mcap"), arguments: ["ZSTD", "LZ4"])
  func weReadPythonsCompressedFiles(compression: String) throws {
    let path = try pythonFile(compression: compression, chunked: true)
    let messages = try readAll(path).messages
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    var random = SeededRandom(seed: 5)
    for _ in 0..<200 {
      let cut = Int.random(in: 8..<whole.count, using: &random)
      let read = try readAll(try folder.write(Array(whole[..<cut]), to: "cut.mcap"))
      #expect(messages.starts(with: read.messages), "cut at \(cut)")
      #expect(read.isTruncated || read.messages == messages)
    }
  }

  @discardableResult
  func pythonFile(compression: String, chunked: Bool) throws -> String {
    let path = folder.path("p.mcap")
    let script = """
      import struct, sys
      from mcap.writer import Writer, CompressionType
      with open(sys.argv[1], "wb") as f:
          w = Writer(f, chunk_size=500, compression=CompressionType[sys.argv[3]], use_chunking=sys.argv[2] == "true")
          w.start()
          other = w.register_channel("/other", "json", 0)
          c = w.register_channel("/in/cam", "x-zmq-multipart", 0)
          for i in range(30):
              data = b"".join(struct.pack("<q", len(p)) + p for p in [b"{}", bytes([i]) * i])
              w.add_message(c, log_time=100 + i, publish_time=i, sequence=i, data=data)
              w.add_message(other, log_time=100 + i, publish_time=i, data=b"{}")
          w.finish()
      """
    try Python.run(script, [path, "\(chunked)", compression])
    let read = try readAll(path)
    #expect(!read.isTruncated)
    #expect(
      read.messages
        == (0..<30).map {
          SampleMessage(
            source: "cam", logTimeNs: 100 + UInt64($0), publishTimeNs: UInt64($0),
            parts: [Array("{}".utf8), [UInt8](repeating: UInt8($0), count: $0)])
        })
    return path
  }
}

/// MCAP records byte by byte.
enum MCAPBytes {
  static let magic: [UInt8] = [0x89, 0x4D, 0x43, 0x41, 0x50, 0x30, 0x0D, 0x0A]
  static func u16(_ value: UInt16) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
  static func u32(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
  static func u64(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
  static func text(_ text: String) -> [UInt8] { u32(UInt32(text.utf8.count)) + Array(text.utf8) }
  static func record(_ opcode: UInt8, _ body: [UInt8]) -> [UInt8] { [opcode] + u64(UInt64(body.count)) + body }
}
