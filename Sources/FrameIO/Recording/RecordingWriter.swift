// SPDX-License-Identifier: GPL-3.0-or-later
import ZeroMQ

/// Writes wire messages to an MCAP file: one channel `/in/<source>` per source, chunks with checksums, attachments, and an
/// index at the end. What was written stays readable when the program or the machine stops in the midst, up to the last
/// chunk: `FILE.part` then is what is left, and is read like any recording. `finish` renames it to `FILE`.
public struct RecordingWriter: ~Copyable {
  /// A chunk is written when it is this large…
  public static let chunkByteCount = MCAPWriter.chunkByteCount
  /// …or its first message this old.
  public static let chunkAgeNs = MCAPWriter.chunkAgeNs
  /// What a reader takes back.
  public static let largestMessage = MCAP.largestRecords - (1 << 20)
  /// Sources beyond this share the last channel: a source that changes its name with every frame fills no memory.
  static let largestChannelCount = 1000

  public var path: String { container.path }
  /// Messages written or waiting to be.
  public var messageCount: UInt64 { appendedCount - container.lostCount }
  /// Messages that a failing disk did not take.
  public var lostCount: UInt64 { container.lostCount }
  public var byteCount: Int { container.byteCount }
  var waitingByteCount: Int { container.waitingByteCount }

  private var container: MCAPWriter
  private var appendedCount: UInt64 = 0
  private let topicPrefix: String
  /// In the order of their ids, which count from 1.
  private var channels: [(source: String, count: UInt32)] = []

  /// Creates `path` + ".part", which must not be there: it may be what is left of another recording. Topics are
  /// `topicPrefix` and the name of the source.
  public init(
    path: String, topicPrefix: String = "/in/", attachments: [RecordingAttachment] = []
  ) throws(RecordingError) {
    var container = try MCAPWriter(path: path)
    // First, so that also a recording that is cut off has them.
    for attachment in attachments { try container.attach(attachment) }
    self.topicPrefix = topicPrefix
    self.container = container
  }

  /// Appends a message. O(bytes); writes when a chunk is full or old. `atNs` is the time by which chunks age, on a clock
  /// that nobody sets; `logTimeNs` and `publishTimeNs` are nanoseconds since 1970.
  public mutating func append(
    parts: UnsafeBufferPointer<UnsafeRawBufferPointer>, source: String, logTimeNs: UInt64, publishTimeNs: UInt64,
    atNs: UInt64
  ) throws(RecordingError) {
    let byteCount = parts.reduce(0) { $0 + $1.count + 8 }
    guard byteCount <= Self.largestMessage else {
      throw .messageTooLarge(path: path, byteCount: byteCount, limit: Self.largestMessage)
    }
    let id = channel(of: source)
    let sequence = channels[Int(id) - 1].count
    channels[Int(id) - 1].count &+= 1
    appendedCount += 1
    try container.addMessage(
      channel: id, sequence: sequence, logTimeNs: logTimeNs, publishTimeNs: publishTimeNs, atNs: atNs
    ) { data in
      for part in parts {
        data.put(Int64(part.count))
        data.bytes.append(contentsOf: part)
      }
    }
  }

  /// Writes the chunk when its first message is old; call it also while no messages come.
  public mutating func flushIfOld(atNs: UInt64) throws(RecordingError) { try container.flushIfOld(atNs: atNs) }

  /// Writes what waits.
  public mutating func flush() throws(RecordingError) { try container.flush() }

  /// Writes the index, and gives the file its name.
  public consuming func finish() throws(RecordingError) { try container.finish() }

  /// Removes what was written.
  public consuming func discard() { container.discard() }

  private mutating func channel(of source: String) -> UInt16 {
    // A microscope has a handful of channels.
    if let index = channels.firstIndex(where: { $0.source == source }) { return UInt16(index + 1) }
    if channels.count == Self.largestChannelCount { return UInt16(channels.count) }
    channels.append((source, 0))
    let id = UInt16(channels.count)
    var body = ByteWriter()
    body.put(id)
    body.put(UInt16(0))  // no schema: the message describes itself
    body.put(topicPrefix + source)
    body.put(MCAP.messageEncoding)
    body.put(UInt32(0))  // no metadata
    container.addChannel(id, body: body.bytes)
    return id
  }
}
