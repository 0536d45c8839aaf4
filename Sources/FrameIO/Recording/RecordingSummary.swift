// SPDX-License-Identifier: GPL-3.0-or-later

/// What follows the data of a recording: channels, statistics, where the chunks are, where each of these groups is.
struct RecordingSummary {
  var chunks: [RecordingWriter.ChunkSummary]
  var channels: [(topic: String, count: UInt64)]
  var times: ClosedRange<UInt64>?

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
    group(MCAP.Opcode.channel) {
      for (i, channel) in channels.enumerated() { $0.putChannel(UInt16(i + 1), topic: channel.topic) }
    }
    group(MCAP.Opcode.statistics, putStatistics)
    group(MCAP.Opcode.chunkIndex) { for chunk in chunks { putChunkIndex(chunk, to: &$0) } }

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
      $0.put(channels.reduce(0) { $0 + $1.count })
      $0.put(UInt16(0))  // schemas
      $0.put(UInt32(channels.count))
      $0.put(UInt32(0))  // attachments
      $0.put(UInt32(0))  // metadata
      $0.put(UInt32(chunks.count))
      $0.put(times?.lowerBound ?? 0)
      $0.put(times?.upperBound ?? 0)
      $0.put(UInt32(channels.count * 10))
      for (i, channel) in channels.enumerated() {
        $0.put(UInt16(i + 1))
        $0.put(channel.count)
      }
    }
  }

  private func putChunkIndex(_ chunk: RecordingWriter.ChunkSummary, to writer: inout ByteWriter) {
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
}
