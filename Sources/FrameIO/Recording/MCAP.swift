// SPDX-License-Identifier: GPL-3.0-or-later

/// The parts of the MCAP container (mcap.dev/spec) that recordings use.
enum MCAP {
  static let magic: [UInt8] = [0x89, 0x4D, 0x43, 0x41, 0x50, 0x30, 0x0D, 0x0A]

  enum Opcode {
    static let header: UInt8 = 0x01
    static let footer: UInt8 = 0x02
    static let channel: UInt8 = 0x04
    static let message: UInt8 = 0x05
    static let chunk: UInt8 = 0x06
    static let messageIndex: UInt8 = 0x07
    static let chunkIndex: UInt8 = 0x08
    static let statistics: UInt8 = 0x0B
    static let summaryOffset: UInt8 = 0x0E
    static let dataEnd: UInt8 = 0x0F
  }

  /// Before every record: opcode and length.
  static let recordHead = 9
  /// Of chunks without compression, whose compression string is empty: times, size, checksum, string, length.
  static let chunkHead = 8 + 8 + 8 + 4 + 4 + 8

  static let messageEncoding = "x-zmq-multipart"
  static let topicPrefix = "/in/"
}
