// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// Writes wire messages to an MCAP file: one channel `/in/<source>` per source, uncompressed chunks with checksums, and an
/// index at the end. What was written stays readable when the program or the machine stops in the midst, up to the last
/// chunk: `FILE.part` then is what is left, and is read like any recording. `finish` renames it to `FILE`.
public struct RecordingWriter: ~Copyable {
  /// A chunk is written when it is this large…
  public static let chunkByteCount = 8 << 20
  /// …or its first message this old.
  public static let chunkAgeNs: UInt64 = 1_000_000_000
  /// Sources beyond this share the last channel: a source that changes its name with every frame fills no memory.
  static let largestChannelCount = 1000

  public let path: String
  public private(set) var messageCount: UInt64 = 0
  public var byteCount: Int { file.offset + chunk.byteCount }

  private var file: RecordingFile
  private var chunk = ChunkBuilder()
  private var chunks: [ChunkSummary] = []
  /// In the order of their ids, which count from 1.
  private var channels: [(topic: String, count: UInt64)] = []
  private var times: ClosedRange<UInt64>?

  struct ChunkSummary {
    var offset: Int
    var length: Int
    var recordByteCount: Int
    var startTimeNs: UInt64
    var endTimeNs: UInt64
    var messageIndexOffsets: [(channel: UInt16, offset: Int)]
    var messageIndexLength: Int
  }

  /// Creates `path` + ".part".
  public init(path: String) throws(RecordingError) {
    var file = try RecordingFile(creating: path + ".part")
    var head = ByteWriter(bytes: MCAP.magic)
    head.record(MCAP.Opcode.header) {
      $0.put("")
      $0.put("glazer")
    }
    try file.write(head.bytes)
    self.path = path
    self.file = file
  }

  /// Appends a message. O(bytes); writes when a chunk is full or old.
  public mutating func append(
    parts: UnsafeBufferPointer<UnsafeRawBufferPointer>, source: String, logTimeNs: UInt64, publishTimeNs: UInt64
  ) throws(RecordingError) {
    let id = channel(of: source)
    let sequence = UInt32(truncatingIfNeeded: channels[Int(id) - 1].count)
    chunk.addMessage(
      channel: id, sequence: sequence, logTimeNs: logTimeNs, publishTimeNs: publishTimeNs, parts: parts)
    channels[Int(id) - 1].count += 1
    messageCount += 1
    times = min(times?.lowerBound ?? logTimeNs, logTimeNs)...max(times?.upperBound ?? logTimeNs, logTimeNs)
    if chunk.byteCount >= Self.chunkByteCount { try flush() } else { try flushIfOld(nowNs: logTimeNs) }
  }

  /// Writes the chunk when its first message is old; call it also while no messages come.
  public mutating func flushIfOld(nowNs: UInt64) throws(RecordingError) {
    if !chunk.isEmpty, nowNs >= chunk.startTimeNs, nowNs - chunk.startTimeNs >= Self.chunkAgeNs { try flush() }
  }

  /// Writes the index, and gives the file its name.
  public consuming func finish() throws(RecordingError) {
    try flush()
    try file.write(RecordingSummary(chunks: chunks, channels: channels, times: times).bytes(at: file.offset))
    try file.synchronize()
    guard rename(file.path, path) == 0 else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
  }

  /// Removes what was written.
  public consuming func discard() { unlink(file.path) }

  private mutating func channel(of source: String) -> UInt16 {
    let topic = MCAP.topicPrefix + source
    // A microscope has a handful of channels.
    if let index = channels.firstIndex(where: { $0.topic == topic }) { return UInt16(index + 1) }
    if channels.count == Self.largestChannelCount { return UInt16(channels.count) }
    channels.append((topic, 0))
    chunk.addChannel(UInt16(channels.count), topic: topic)
    return UInt16(channels.count)
  }

  private mutating func flush() throws(RecordingError) {
    guard !chunk.isEmpty else { return }
    let offset = file.offset
    let records = chunk.records.bytes
    var head = ByteWriter()
    head.put(MCAP.Opcode.chunk)
    head.put(UInt64(MCAP.chunkHead + records.count))
    head.put(chunk.startTimeNs)
    head.put(chunk.endTimeNs)
    head.put(UInt64(records.count))
    head.put(records.withUnsafeBytes { CRC32.of($0) })
    head.put("")
    head.put(UInt64(records.count))
    try file.write(head.bytes)
    try file.write(records)

    let indexStart = file.offset
    var index = ByteWriter()
    var indexOffsets: [(channel: UInt16, offset: Int)] = []
    for (id, entries) in chunk.index.sorted(by: { $0.key < $1.key }) where !entries.isEmpty {
      indexOffsets.append((id, indexStart + index.bytes.count))
      index.record(MCAP.Opcode.messageIndex) {
        $0.put(id)
        $0.put(UInt32(entries.count * 16))
        for entry in entries {
          $0.put(entry.timeNs)
          $0.put(entry.offset)
        }
      }
    }
    try file.write(index.bytes)
    chunks.append(
      ChunkSummary(
        offset: offset, length: indexStart - offset, recordByteCount: records.count, startTimeNs: chunk.startTimeNs,
        endTimeNs: chunk.endTimeNs, messageIndexOffsets: indexOffsets, messageIndexLength: index.bytes.count))
    chunk.removeAll()
  }
}
