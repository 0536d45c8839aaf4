// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// Writes what is whole of a damaged or unfinished MCAP file to a new one with a summary and an index: messages of any
/// encoding, their channels and schemas, attachments and metadata.
public struct RecordingRecovery: Sendable {
  public private(set) var messageCount: UInt64 = 0
  public private(set) var channelCount = 0
  public private(set) var attachmentCount = 0
  /// The file has no end record: its writer was stopped, or the file was cut.
  public private(set) var isTruncated = false
  public private(set) var losses = RecordingLosses()

  /// Reads `damaged` and writes `output`, aside first; nothing is left where nothing could be recovered. `onProgress` gets
  /// the share of the file that has been read.
  public init(from damaged: String, to output: String, onProgress: (Double) -> Void = { _ in }) throws(RecordingError) {
    var reader = try RecordReader(path: damaged, policy: .isPassedOver)
    // FILE.part is what is recovered to FILE, mostly.
    var writer = try MCAPWriter(path: output, suffix: ".\(getpid()).part")
    do throws(RecordingError) {
      while let record = try reader.next() {
        try take(record, of: &reader, to: &writer)
        onProgress(Double(reader.offset) / Double(max(reader.fileSize, 1)))
      }
    } catch {
      writer.discard()
      throw error
    }
    isTruncated = reader.isTruncated
    losses = reader.losses
    guard messageCount > 0 || attachmentCount > 0 || losses.count == 0 else {
      writer.discard()
      throw .nothingToRecover(path: damaged)
    }
    // The damaged file is still there; half of what was recovered is of no use to anybody.
    let staged = writer.partPath
    do throws(RecordingError) {
      try writer.finish()
    } catch {
      unlink(staged)
      throw error
    }
  }

  private mutating func take(
    _ record: RecordReader.Record, of reader: inout RecordReader, to writer: inout MCAPWriter
  ) throws(RecordingError) {
    switch record.opcode {
    case MCAP.Opcode.schema:
      let (id, body) = reader.withBody(of: record) { body -> (UInt16?, [UInt8]) in
        var fields = ByteReader(body)
        return (fields.take(UInt16.self), Array(body))
      }
      guard let id else { return try reader.reject(record, "schema record ends early") }
      if !writer.addSchema(id, body: body) { try reader.reject(record, MCAPSummary.tooManyDescriptions) }
    case MCAP.Opcode.channel:
      let (outcome, body) = reader.withBody(of: record) { (ChannelRecord.read($0), Array($0)) }
      switch outcome {
      case .damaged(let reason): try reader.reject(record, reason)
      case .success(let channel):
        let isNew = !writer.hasChannel(channel.id)
        guard writer.addChannel(channel.id, schema: channel.schema, body: body) else {
          return try reader.reject(record, MCAPSummary.tooManyDescriptions)
        }
        if isNew { channelCount += 1 }
      }
    case MCAP.Opcode.message:
      guard let head = reader.withBody(of: record, { MessageHead($0) }) else {
        return try reader.reject(record, "message record ends early")
      }
      guard writer.hasChannel(head.channel) else {
        return try reader.reject(record, "message of channel \(head.channel), which is not known")
      }
      try reader.withBody(of: record) { body -> Result<Void, RecordingError> in
        do throws(RecordingError) {
          try writer.addMessage(
            channel: head.channel, sequence: head.sequence, logTimeNs: head.logTimeNs,
            publishTimeNs: head.publishTimeNs, atNs: head.logTimeNs
          ) { $0.bytes.append(contentsOf: body[MCAP.messageHead...]) }
          return .success(())
        } catch {
          return .failure(error)
        }
      }.get()
      messageCount += 1
    case MCAP.Opcode.attachment:
      guard let attachment = reader.withBody(of: record, { RecordingAttachment(record: $0) }) else {
        return try reader.reject(record, "damaged attachment")
      }
      try writer.attach(attachment)
      attachmentCount += 1
    case MCAP.Opcode.metadata:
      let (name, body) = reader.withBody(of: record) { body -> (String?, [UInt8]) in
        var fields = ByteReader(body)
        return (fields.takeText(), Array(body))
      }
      guard let name else { return try reader.reject(record, "metadata record ends early") }
      try writer.addMetadata(name, body: body)
    default: break
    }
  }
}
