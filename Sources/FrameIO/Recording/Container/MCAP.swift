// SPDX-License-Identifier: GPL-3.0-or-later

/// The parts of the MCAP container (mcap.dev/spec) that recordings use.
enum MCAP {
  static let magic: [UInt8] = [0x89, 0x4D, 0x43, 0x41, 0x50, 0x30, 0x0D, 0x0A]

  enum Opcode {
    static let header: UInt8 = 0x01
    static let footer: UInt8 = 0x02
    static let schema: UInt8 = 0x03
    static let channel: UInt8 = 0x04
    static let message: UInt8 = 0x05
    static let chunk: UInt8 = 0x06
    static let messageIndex: UInt8 = 0x07
    static let chunkIndex: UInt8 = 0x08
    static let attachment: UInt8 = 0x09
    static let attachmentIndex: UInt8 = 0x0A
    static let statistics: UInt8 = 0x0B
    static let metadata: UInt8 = 0x0C
    static let metadataIndex: UInt8 = 0x0D
    static let summaryOffset: UInt8 = 0x0E
    static let dataEnd: UInt8 = 0x0F
    /// From here on opcodes are free for anybody's own use.
    static let firstPrivate: UInt8 = 0x80
  }

  /// Before every record: opcode and length.
  static let recordHead = 9
  /// Of chunks without compression, whose compression string is empty: times, size, checksum, string, length.
  static let chunkHead = 8 + 8 + 8 + 4 + 4 + 8
  /// Channel, sequence and two times, before the data of a message.
  static let messageHead = 2 + 4 + 8 + 8

  static let messageEncoding = "x-zmq-multipart"
  static let topicPrefix = "/in/"

  /// Largest chunk, compressed or not, and largest record outside of chunks: what a reader takes into memory at once.
  static let largestRecords = 1 << 30
  /// Larger attachments are passed over.
  static let largestAttachment = 64 << 20
  /// Of a schema, a channel or metadata.
  static let largestDescription = 16 << 20
  /// Of all that stays in memory of schemas and channels, together: compressed they take next to nothing of a file.
  static let largestDescriptions = 32 << 20
  /// Of a channel's topic.
  static let largestTopic = 4096
}
