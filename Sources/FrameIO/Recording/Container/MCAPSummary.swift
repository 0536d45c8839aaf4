// SPDX-License-Identifier: GPL-3.0-or-later

/// What follows the data of a recording: schemas, channels, statistics, where the chunks and attachments are, where each
/// of these groups is.
struct MCAPSummary {
  struct Chunk {
    var offset: Int
    var length: Int
    var recordByteCount: Int
    var startTimeNs: UInt64
    var endTimeNs: UInt64
    var messageIndexOffsets: [(channel: UInt16, offset: Int)]
    var messageIndexLength: Int
  }

  struct Channel {
    /// Of its record.
    var body: [UInt8]
    var schema: UInt16
    var messageCount: UInt64 = 0
  }

  struct Attachment {
    var offset: Int
    var length: Int
    var timeNs: UInt64
    var byteCount: Int
    var name: String
    var mediaType: String
  }

  var chunks: [Chunk] = []
  /// Bodies of the schema records.
  private(set) var schemas: [UInt16: [UInt8]] = [:]
  private(set) var channels: [UInt16: Channel] = [:]
  /// Bytes of the bodies of both, which stay in memory until the end.
  private var descriptionByteCount = 0
  var attachments: [Attachment] = []
  var metadata: [(offset: Int, length: Int, name: String)] = []
  /// Log times of the first and the last message.
  var times: ClosedRange<UInt64>?

  static let tooManyDescriptions = "schemas and channels of more than \(MCAP.largestDescriptions) bytes together"

  /// False, and nothing is changed, where schemas and channels would be too many.
  mutating func setSchema(_ id: UInt16, body: [UInt8]) -> Bool {
    guard exchange(schemas[id]?.count ?? 0, for: body.count) else { return false }
    schemas[id] = body
    return true
  }

  /// False, and nothing is changed, where schemas and channels would be too many. A channel that is described again keeps
  /// its count of messages.
  mutating func setChannel(_ id: UInt16, schema: UInt16, body: [UInt8]) -> Bool {
    guard exchange(channels[id]?.body.count ?? 0, for: body.count) else { return false }
    channels[id] = Channel(body: body, schema: schema, messageCount: channels[id]?.messageCount ?? 0)
    return true
  }

  mutating func count(_ messages: Int, of channel: UInt16) { channels[channel]?.messageCount += UInt64(messages) }

  private mutating func exchange(_ old: Int, for new: Int) -> Bool {
    guard descriptionByteCount - old + new <= MCAP.largestDescriptions else { return false }
    descriptionByteCount += new - old
    return true
  }

  /// All bytes from the end of the data to the end of the file; `offset` is where they will stand.
  func bytes(at offset: Int) -> [UInt8] {
    var writer = ByteWriter()
    writer.record(MCAP.Opcode.dataEnd) { $0.put(UInt32(0)) }  // every chunk has its own checksum
    let start = writer.bytes.count

    var groups: [(opcode: UInt8, range: Range<Int>)] = []
    func group(_ opcode: UInt8, _ body: (inout ByteWriter) -> Void) {
      let first = writer.bytes.count
      body(&writer)
      if writer.bytes.count > first { groups.append((opcode, first..<writer.bytes.count)) }
    }
    group(MCAP.Opcode.schema) {
      for (_, body) in schemas.sorted(by: { $0.key < $1.key }) {
        $0.record(MCAP.Opcode.schema) { $0.bytes += body }
      }
    }
    group(MCAP.Opcode.channel) {
      for (_, channel) in channels.sorted(by: { $0.key < $1.key }) {
        $0.record(MCAP.Opcode.channel) { $0.bytes += channel.body }
      }
    }
    group(MCAP.Opcode.statistics, putStatistics)
    group(MCAP.Opcode.chunkIndex) { for chunk in chunks { put(chunk, to: &$0) } }
    group(MCAP.Opcode.attachmentIndex) { for attachment in attachments { put(attachment, to: &$0) } }

    group(MCAP.Opcode.metadataIndex) {
      for entry in metadata {
        $0.record(MCAP.Opcode.metadataIndex) {
          $0.put(UInt64(entry.offset))
          $0.put(UInt64(entry.length))
          $0.put(entry.name)
        }
      }
    }

    let offsets = writer.bytes.count
    for group in groups {
      writer.record(MCAP.Opcode.summaryOffset) {
        $0.put(group.opcode)
        $0.put(UInt64(offset + group.range.lowerBound))
        $0.put(UInt64(group.range.count))
      }
    }
    // The checksum covers the summary and the footer up to the checksum itself.
    writer.put(MCAP.Opcode.footer)
    writer.put(UInt64(8 + 8 + 4))
    writer.put(UInt64(offset + start))
    writer.put(UInt64(offset + offsets))
    writer.put(writer.bytes.withUnsafeBytes { CRC32.of(UnsafeRawBufferPointer(rebasing: $0[start...])) })
    return writer.bytes + MCAP.magic
  }

  private func putStatistics(to writer: inout ByteWriter) {
    writer.record(MCAP.Opcode.statistics) {
      $0.put(channels.values.reduce(0) { $0 + $1.messageCount })
      $0.put(UInt16(truncatingIfNeeded: schemas.count))
      $0.put(UInt32(channels.count))
      $0.put(UInt32(attachments.count))
      $0.put(UInt32(metadata.count))
      $0.put(UInt32(chunks.count))
      $0.put(times?.lowerBound ?? 0)
      $0.put(times?.upperBound ?? 0)
      $0.put(UInt32(channels.count * 10))
      for (id, channel) in channels.sorted(by: { $0.key < $1.key }) {
        $0.put(id)
        $0.put(channel.messageCount)
      }
    }
  }

  private func put(_ chunk: Chunk, to writer: inout ByteWriter) {
    writer.record(MCAP.Opcode.chunkIndex) {
      $0.put(chunk.startTimeNs)
      $0.put(chunk.endTimeNs)
      $0.put(UInt64(chunk.offset))
      $0.put(UInt64(chunk.length))
      $0.put(UInt32(chunk.messageIndexOffsets.count * 10))
      for index in chunk.messageIndexOffsets {
        $0.put(index.channel)
        $0.put(UInt64(index.offset))
      }
      $0.put(UInt64(chunk.messageIndexLength))
      $0.put("")  // no compression
      $0.put(UInt64(chunk.recordByteCount))
      $0.put(UInt64(chunk.recordByteCount))
    }
  }

  private func put(_ attachment: Attachment, to writer: inout ByteWriter) {
    writer.record(MCAP.Opcode.attachmentIndex) {
      $0.put(UInt64(attachment.offset))
      $0.put(UInt64(attachment.length))
      $0.put(attachment.timeNs)
      $0.put(attachment.timeNs)
      $0.put(UInt64(attachment.byteCount))
      $0.put(attachment.name)
      $0.put(attachment.mediaType)
    }
  }
}
