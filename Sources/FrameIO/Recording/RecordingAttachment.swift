// SPDX-License-Identifier: GPL-3.0-or-later

/// A small file that travels in a recording: the configuration it was made with, the card of the model.
public struct RecordingAttachment: Sendable, Equatable {
  public var name: String
  public var mediaType: String
  public var bytes: [UInt8]
  /// When it was attached, nanoseconds since 1970.
  public var timeNs: UInt64

  public init(name: String, mediaType: String, bytes: [UInt8], timeNs: UInt64 = WallClock.nowNs()) {
    self.name = name
    self.mediaType = mediaType
    self.bytes = bytes
    self.timeNs = timeNs
  }
}

extension ByteWriter {
  /// The record of an attachment, with its checksum.
  mutating func putAttachment(_ attachment: RecordingAttachment) {
    record(MCAP.Opcode.attachment) {
      let start = $0.bytes.count
      $0.put(attachment.timeNs)
      $0.put(attachment.timeNs)
      $0.put(attachment.name)
      $0.put(attachment.mediaType)
      $0.put(UInt64(attachment.bytes.count))
      $0.bytes += attachment.bytes
      $0.put($0.bytes.withUnsafeBytes { CRC32.of(UnsafeRawBufferPointer(rebasing: $0[start...])) })
    }
  }
}

extension RecordingAttachment {
  /// From the body of its record; nil when it is damaged.
  init?(record body: UnsafeRawBufferPointer) {
    var fields = ByteReader(body)
    guard let time = fields.take(UInt64.self), fields.take(UInt64.self) != nil, let name = fields.takeText(),
      let type = fields.takeText(), let size = fields.take(UInt64.self), let data = fields.take(byteCount: size)
    else { return nil }
    let covered = fields.position
    guard let checksum = fields.take(UInt32.self),
      checksum == 0 || checksum == CRC32.of(UnsafeRawBufferPointer(rebasing: body[..<covered]))
    else { return nil }
    self.init(name: name, mediaType: type, bytes: Array(data), timeNs: time)
  }
}
