// SPDX-License-Identifier: GPL-3.0-or-later

/// Collects channel and message records until they are written as one chunk.
struct ChunkBuilder {
  private(set) var records = ByteWriter()
  private(set) var startTimeNs: UInt64 = .max
  private(set) var endTimeNs: UInt64 = 0
  /// Log time and offset within the chunk of each message, by channel.
  private(set) var index: [UInt16: [(timeNs: UInt64, offset: UInt64)]] = [:]

  var isEmpty: Bool { records.bytes.isEmpty }
  var byteCount: Int { records.bytes.count }

  mutating func addChannel(_ id: UInt16, topic: String) {
    records.putChannel(id, topic: topic)
  }

  mutating func addMessage(
    channel: UInt16, sequence: UInt32, logTimeNs: UInt64, publishTimeNs: UInt64,
    parts: UnsafeBufferPointer<UnsafeRawBufferPointer>
  ) {
    index[channel, default: []].append((logTimeNs, UInt64(records.bytes.count)))
    startTimeNs = min(startTimeNs, logTimeNs)
    endTimeNs = max(endTimeNs, logTimeNs)
    records.record(MCAP.Opcode.message) {
      $0.put(channel)
      $0.put(sequence)
      $0.put(logTimeNs)
      $0.put(publishTimeNs)
      for part in parts {
        $0.put(Int64(part.count))
        $0.bytes.append(contentsOf: part)
      }
    }
  }

  mutating func removeAll() {
    records.bytes.removeAll(keepingCapacity: true)
    startTimeNs = .max
    endTimeNs = 0
    for id in index.keys { index[id]?.removeAll(keepingCapacity: true) }
  }
}

extension ByteWriter {
  mutating func putChannel(_ id: UInt16, topic: String) {
    record(MCAP.Opcode.channel) {
      $0.put(id)
      $0.put(UInt16(0))  // no schema: the message describes itself
      $0.put(topic)
      $0.put(MCAP.messageEncoding)
      $0.put(UInt32(0))  // no metadata
    }
  }
}
