// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// Writes an MCAP file: uncompressed chunks with checksums and message indexes, attachments, and a summary at the end. What
/// was written stays readable when the program stops in the midst: `PATH.part` then is what is left. `finish` renames it.
///
/// Every chunk repeats the channels of its messages, so that it can be read when all others are lost.
struct MCAPWriter: ~Copyable {
  /// A chunk is written when it is this large…
  static let chunkByteCount = 8 << 20
  /// …or its first message this old. Half of the second that a killed recorder may lose.
  static let chunkAgeNs: UInt64 = 500_000_000

  let path: String
  private let place: OutputPlace
  /// Messages in chunks that could not be written.
  private(set) var lostCount: UInt64 = 0
  private var file: RecordingFile
  private var chunk = ChunkBuilder()
  private var summary = MCAPSummary()

  /// Creates a file beside the one that `path` names or leads to, with ".part" behind its name (for the time being: with `suffix`), which
  /// must not be there. Refuses a `path` where something stands that is no regular file.
  init(path: String, suffix: String = ".part") throws(RecordingError) {
    let place = try Self.place(path)
    var file = try RecordingFile(creating: place.target + suffix)
    var head = ByteWriter(bytes: MCAP.magic)
    head.record(MCAP.Opcode.header) {
      $0.put("")
      $0.put("glazer")
    }
    do {
      try file.write(head.bytes)
    } catch {
      unlink(file.path)
      throw error
    }
    self.path = path
    self.place = place
    self.file = file
  }

  private static func place(_ path: String) throws(RecordingError) -> OutputPlace {
    do throws(UnwritableFile) {
      return try OutputPlace(path)
    } catch {
      throw .cannotWrite(path: path, reason: error.reason)
    }
  }

  var byteCount: Int { file.offset + chunk.byteCount }
  /// Bytes that wait for their chunk to be written.
  var waitingByteCount: Int { chunk.byteCount }

  func hasChannel(_ id: UInt16) -> Bool { summary.channels[id] != nil }

  mutating func attach(_ attachment: RecordingAttachment) throws(RecordingError) {
    try flush()
    var writer = ByteWriter()
    writer.putAttachment(attachment)
    let offset = file.offset
    try file.write(writer.bytes)
    summary.attachments.append(
      MCAPSummary.Attachment(
        offset: offset, length: writer.bytes.count, timeNs: attachment.timeNs, byteCount: attachment.bytes.count,
        name: attachment.name, mediaType: attachment.mediaType))
  }

  /// The body of a metadata record, and the name in it.
  mutating func addMetadata(_ name: String, body: [UInt8]) throws(RecordingError) {
    try flush()
    var writer = ByteWriter()
    writer.record(MCAP.Opcode.metadata) { $0.bytes += body }
    summary.metadata.append((file.offset, writer.bytes.count, name))
    try file.write(writer.bytes)
  }

  /// The body of a schema record; false where it is not taken, because all of them and the channels are too large.
  mutating func addSchema(_ id: UInt16, body: [UInt8]) -> Bool { summary.setSchema(id, body: body) }

  /// The body of a channel record; must come before its messages. A schema of 0 is none. False where it is not taken,
  /// because all of them and the schemas are too large.
  @discardableResult
  mutating func addChannel(_ id: UInt16, schema: UInt16 = 0, body: [UInt8]) -> Bool {
    summary.setChannel(id, schema: schema, body: body)
  }

  /// Appends a message of `byteCount` bytes, which `data` appends. `atNs` is the time by which chunks age.
  mutating func addMessage(
    channel id: UInt16, sequence: UInt32, logTimeNs: UInt64, publishTimeNs: UInt64, atNs: UInt64,
    data: (inout ByteWriter) -> Void
  ) throws(RecordingError) {
    if !chunk.knows(id), let channel = summary.channels[id] {
      if let schema = summary.schemas[channel.schema] { chunk.addRecord(MCAP.Opcode.schema, schema) }
      chunk.addRecord(MCAP.Opcode.channel, channel.body)
    }
    chunk.addMessage(
      channel: id, sequence: sequence, logTimeNs: logTimeNs, publishTimeNs: publishTimeNs, atNs: atNs, data: data)
    if chunk.byteCount >= Self.chunkByteCount { try flush() } else { try flushIfOld(atNs: atNs) }
  }

  /// Writes the chunk when its first message is old; call it also while no messages come.
  mutating func flushIfOld(atNs: UInt64) throws(RecordingError) {
    if !chunk.isEmpty, atNs >= chunk.openedNs, atNs - chunk.openedNs >= Self.chunkAgeNs { try flush() }
  }

  /// Where it stands until then.
  var partPath: String { file.path }

  /// Writes the summary, and gives the file its name. Where that fails it stays where it is: what was recorded is in it.
  consuming func finish() throws(RecordingError) {
    try flush()
    try file.write(summary.bytes(at: file.offset))
    try file.synchronize()
    guard rename(file.path, place.target) == 0 else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
  }

  /// Removes what was written.
  consuming func discard() { unlink(file.path) }

  /// Writes the chunk. After a failure its messages are lost, and the file is as it was before.
  mutating func flush() throws(RecordingError) {
    guard !chunk.isEmpty else { return }
    defer { chunk.removeAll() }
    do throws(RecordingError) {
      try write()
    } catch {
      lostCount += UInt64(chunk.messageCount)
      throw error
    }
    for (id, entries) in chunk.index { summary.count(entries.count, of: id) }
    let times = chunk.startTimeNs...chunk.endTimeNs
    summary.times =
      summary.times.map { min($0.lowerBound, times.lowerBound)...max($0.upperBound, times.upperBound) } ?? times
  }

  private mutating func write() throws(RecordingError) {
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

    let indexStart = offset + head.bytes.count + records.count
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
    try file.write(head.bytes, records, index.bytes)
    summary.chunks.append(
      MCAPSummary.Chunk(
        offset: offset, length: indexStart - offset, recordByteCount: records.count, startTimeNs: chunk.startTimeNs,
        endTimeNs: chunk.endTimeNs, messageIndexOffsets: indexOffsets, messageIndexLength: index.bytes.count))
  }
}
