// SPDX-License-Identifier: GPL-3.0-or-later

/// Reads the messages of an MCAP recording in the order of the file, with one chunk in memory at a time. A file that ends
/// early is read up to its last whole record; `isTruncated` then says so. Needs no index. Chunks may be compressed with
/// zstd or lz4.
public struct RecordingReader: ~Copyable {
  public var path: String { records.path }
  /// True once the file has ended without its end record.
  public var isTruncated: Bool { records.isTruncated }
  /// Messages in encodings other than glazer's, which are passed over.
  public private(set) var otherMessageCount = 0
  /// What was met on the way; glazer's recordings have them at the beginning.
  public private(set) var attachments: [RecordingAttachment] = []
  /// Share of the file that has been read, 0…1.
  public var share: Double { Double(records.offset) / Double(max(records.fileSize, 1)) }
  /// Bytes of the file when it was opened.
  public var fileSize: Int { records.fileSize }

  /// All attachments of a recording together, at most.
  private static let largestAttachments = 64 << 20

  private var records: RecordReader
  /// By id: the source of a channel of ours, nil for another encoding.
  private var channels: [UInt16: String?] = [:]
  /// What the sources in `channels` take.
  private var sourceByteCount = 0
  /// What `attachments` take, with their names.
  private var attachmentByteCount = 0

  public init(path: String) throws(RecordingError) { records = try RecordReader(path: path) }

  /// Starts again at the first message.
  public mutating func rewind() {
    records.rewind()
    otherMessageCount = 0
    attachments.removeAll()
    channels.removeAll()
    (sourceByteCount, attachmentByteCount) = (0, 0)
  }

  /// Reads the next message; false at the end of the recording.
  public mutating func next(into message: inout RecordedMessage) throws(RecordingError) -> Bool {
    while let record = try records.next() {
      switch record.opcode {
      case MCAP.Opcode.channel:
        switch records.withBody(of: record, { ChannelRecord.read($0) }) {
        case .damaged(let reason): try records.reject(record, reason)
        case .success(let channel):
          if !keep(channel) { try records.reject(record, MCAPSummary.tooManyDescriptions) }
        }
      case MCAP.Opcode.message:
        guard let head = records.withBody(of: record, { MessageHead($0) }) else {
          try records.reject(record, "message record ends early")
          continue
        }
        guard let channel = channels[head.channel] else {
          try records.reject(record, "message of channel \(head.channel), which is not known")
          continue
        }
        guard let source = channel else {
          otherMessageCount += 1
          continue
        }
        let reason = records.withBody(of: record) {
          message.takeData(UnsafeRawBufferPointer(rebasing: $0[MCAP.messageHead...]))
        }
        if let reason {
          try records.reject(record, reason)
          continue
        }
        if message.source != source { message.source = source }
        (message.sequence, message.logTimeNs, message.publishTimeNs) =
          (head.sequence, head.logTimeNs, head.publishTimeNs)
        return true
      case MCAP.Opcode.attachment:
        guard attachmentByteCount + record.body.count <= Self.largestAttachments else { continue }
        guard let attachment = records.withBody(of: record, { RecordingAttachment(record: $0) }) else {
          try records.reject(record, "damaged attachment")
          continue
        }
        attachments.append(attachment)
        attachmentByteCount += record.body.count
      default: break
      }
    }
    return false
  }

  /// False, and nothing is changed, where the sources of all channels would take too much memory.
  private mutating func keep(_ channel: ChannelRecord) -> Bool {
    let old: String? = channels[channel.id] ?? nil
    let new = channel.source
    let byteCount = sourceByteCount - (old?.utf8.count ?? 0) + (new?.utf8.count ?? 0)
    guard byteCount <= MCAP.largestDescriptions else { return false }
    sourceByteCount = byteCount
    channels[channel.id] = .some(new)
    return true
  }
}
