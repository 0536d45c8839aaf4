// SPDX-License-Identifier: GPL-3.0-or-later

/// Collects schema, channel and message records until they are written as one chunk.
struct ChunkBuilder {
  private(set) var records = ByteWriter()
  private(set) var startTimeNs: UInt64 = .max
  private(set) var endTimeNs: UInt64 = 0
  /// When the first message was added, on the clock by which chunks age.
  private(set) var openedNs: UInt64 = 0
  private(set) var messageCount = 0
  /// Log time and offset within the chunk of each message, by channel.
  private(set) var index: [UInt16: [(timeNs: UInt64, offset: UInt64)]] = [:]

  var isEmpty: Bool { records.bytes.isEmpty }
  var byteCount: Int { records.bytes.count }

  /// True when a message of this channel is in the chunk.
  func knows(_ channel: UInt16) -> Bool { index[channel]?.isEmpty == false }

  mutating func addRecord(_ opcode: UInt8, _ body: [UInt8]) {
    records.record(opcode) { $0.bytes.append(contentsOf: body) }
  }

  /// `data` appends the data of the message.
  mutating func addMessage(
    channel: UInt16, sequence: UInt32, logTimeNs: UInt64, publishTimeNs: UInt64, atNs: UInt64,
    data: (inout ByteWriter) -> Void
  ) {
    if messageCount == 0 { openedNs = atNs }
    index[channel, default: []].append((logTimeNs, UInt64(records.bytes.count)))
    startTimeNs = min(startTimeNs, logTimeNs)
    endTimeNs = max(endTimeNs, logTimeNs)
    messageCount += 1
    records.record(MCAP.Opcode.message) {
      $0.put(channel)
      $0.put(sequence)
      $0.put(logTimeNs)
      $0.put(publishTimeNs)
      data(&$0)
    }
  }

  mutating func removeAll() {
    records.bytes.removeAll(keepingCapacity: true)
    startTimeNs = .max
    endTimeNs = 0
    messageCount = 0
    for id in index.keys { index[id]?.removeAll(keepingCapacity: true) }
  }
}
