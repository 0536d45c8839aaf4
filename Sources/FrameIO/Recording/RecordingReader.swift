// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// Reads the messages of an MCAP recording in the order of the file, with one chunk in memory at a time. A file that ends
/// early is read up to its last whole record; `isTruncated` then says so. Needs no index.
public struct RecordingReader: ~Copyable {
  public let path: String
  /// True once the file has ended without its end record.
  public private(set) var isTruncated = false
  /// Messages in encodings other than glazer's, which are passed over.
  public private(set) var otherMessageCount = 0

  private let file: UnsafeMutablePointer<FILE>
  private let fileSize: Int
  private var offset = 0
  private var isAtEnd = false
  /// The records of the current chunk, or one record outside of chunks.
  private var records: [UInt8] = []
  private var position = 0
  /// Where `records` begins in the file, for messages.
  private var recordsOffset = 0
  /// By id: the source of a channel of ours, nil for another encoding.
  private var channels: [UInt16: String?] = [:]

  public init(path: String) throws(RecordingError) {
    guard let file = fopen(path, "rb") else {
      throw .cannotOpen(path: path, reason: String(cString: strerror(errno)))
    }
    var status = stat()
    guard fstat(fileno(file), &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      fclose(file)
      throw .cannotOpen(path: path, reason: "not a regular file")
    }
    var magic = [UInt8](repeating: 0, count: MCAP.magic.count)
    guard fread(&magic, 1, magic.count, file) == magic.count, magic == MCAP.magic else {
      fclose(file)
      throw .notARecording(path: path)
    }
    self.path = path
    self.file = file
    fileSize = Int(status.st_size)
    offset = magic.count
  }

  deinit { fclose(file) }

  /// Starts again at the first message.
  public mutating func rewind() {
    fseek(file, MCAP.magic.count, SEEK_SET)
    offset = MCAP.magic.count
    records.removeAll(keepingCapacity: true)
    position = 0
    (isAtEnd, isTruncated, otherMessageCount) = (false, false, 0)
  }

  /// Reads the next message; false at the end of the recording.
  public mutating func next(into message: inout RecordedMessage) throws(RecordingError) -> Bool {
    while true {
      while position < records.count {
        if try takeRecord(into: &message) { return true }
      }
      guard !isAtEnd else { return false }
      try loadRecords()
    }
  }

  /// Takes one record of `records`; true when it was a message of ours.
  private mutating func takeRecord(into message: inout RecordedMessage) throws(RecordingError) -> Bool {
    let start = position
    func damaged(_ reason: String) -> RecordingError {
      .damaged(path: path, offset: recordsOffset + start, reason: reason)
    }
    // The closure returns what the record was; errors leave it as values.
    enum Found {
      case end
      case channel(UInt16, String?)
      case message(source: String?)
      case other
      case damaged(String)
    }
    let (found, next) = records.withUnsafeBytes { bytes -> (Found, Int) in
      var reader = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[start...]))
      guard let opcode = reader.take(UInt8.self), let length = reader.take(UInt64.self),
        let body = reader.take(byteCount: length)
      else { return (.end, bytes.count) }
      let next = start + reader.position
      var fields = ByteReader(body)
      switch opcode {
      case MCAP.Opcode.channel:
        guard let id = fields.take(UInt16.self), fields.take(UInt16.self) != nil, let topic = fields.takeText(),
          let encoding = fields.takeText()
        else { return (.damaged("channel record ends early"), next) }
        guard encoding == MCAP.messageEncoding else { return (.channel(id, nil), next) }
        let prefix = MCAP.topicPrefix
        return (.channel(id, topic.hasPrefix(prefix) ? String(topic.dropFirst(prefix.count)) : topic), next)
      case MCAP.Opcode.message:
        guard let id = fields.take(UInt16.self), let sequence = fields.take(UInt32.self),
          let logTime = fields.take(UInt64.self), let publishTime = fields.take(UInt64.self)
        else { return (.damaged("message record ends early"), next) }
        guard let channel = channels[id] else {
          return (.damaged("message of channel \(id), which is not known"), next)
        }
        guard let source = channel else { return (.message(source: nil), next) }
        if let data = fields.take(byteCount: UInt64(fields.remaining)), let reason = message.takeData(data) {
          return (.damaged(reason), next)
        }
        if message.source != source { message.source = source }
        (message.sequence, message.logTimeNs, message.publishTimeNs) = (sequence, logTime, publishTime)
        return (.message(source: source), next)
      default: return (.other, next)
      }
    }
    position = next
    switch found {
    case .damaged(let reason): throw damaged(reason)
    case .channel(let id, let source):
      channels[id] = .some(source)
      return false
    case .message(let source):
      if source == nil { otherMessageCount += 1 }
      return source != nil
    case .end:
      // Part of a record: the tail of a chunk that was cut, or a chunk that lies about its records.
      guard isTruncated else { throw damaged("record that is longer than its chunk") }
      return false
    case .other: return false
    }
  }

  /// Reads the next chunk, or the next channel or message that stands outside of chunks.
  private mutating func loadRecords() throws(RecordingError) {
    records.removeAll(keepingCapacity: true)
    position = 0
    while true {
      let start = offset
      guard let head = try read(upTo: MCAP.recordHead), head.count == MCAP.recordHead else { return truncate() }
      let opcode = head[0]
      let length = head.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 1, as: UInt64.self)) }
      switch opcode {
      case 0: throw .damaged(path: path, offset: start, reason: "record of type 0")
      case MCAP.Opcode.dataEnd, MCAP.Opcode.footer:
        isAtEnd = true
        return
      case MCAP.Opcode.chunk: return try loadChunk(length: length, at: start)
      case MCAP.Opcode.channel, MCAP.Opcode.message:
        guard let whole = Int(exactly: length), whole <= fileSize - offset else { return truncate() }
        recordsOffset = start
        records = head
        guard let body = try read(upTo: whole), body.count == whole else { return truncate() }
        records += body
        return
      default:
        guard let skipped = Int(exactly: length), skipped <= fileSize - offset else { return truncate() }
        guard fseek(file, skipped, SEEK_CUR) == 0 else {
          throw .cannotRead(path: path, reason: String(cString: strerror(errno)))
        }
        offset += skipped
      }
    }
  }

  private mutating func loadChunk(length: UInt64, at start: Int) throws(RecordingError) {
    func damaged(_ reason: String) -> RecordingError { .damaged(path: path, offset: start, reason: reason) }
    // Times, size and checksum, and the name of the compression, of which the length comes first.
    guard length >= UInt64(MCAP.chunkHead) else { throw damaged("chunk of \(length) bytes") }
    guard let head = try read(upTo: 32), head.count == 32 else { return truncate() }
    let (checksum, nameLength) = head.withUnsafeBytes {
      (
        UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: 24, as: UInt32.self)),
        UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: 28, as: UInt32.self))
      )
    }
    guard nameLength == 0 else {
      guard nameLength <= 32, let name = try read(upTo: Int(nameLength)) else {
        throw damaged("name of a compression of \(nameLength) bytes")
      }
      throw .unsupportedCompression(path: path, offset: start, found: String(decoding: name, as: UTF8.self))
    }
    guard let sizeBytes = try read(upTo: 8), sizeBytes.count == 8 else { return truncate() }
    let size = sizeBytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard size == length - UInt64(MCAP.chunkHead) else { throw damaged("chunk whose sizes contradict each other") }
    // What is in the file bounds what is allocated.
    let present = min(size, UInt64(fileSize - offset))
    recordsOffset = offset
    guard let bytes = try read(upTo: Int(present)) else { return truncate() }
    records = bytes
    guard UInt64(bytes.count) == size else { return truncate() }
    guard checksum == 0 || records.withUnsafeBytes({ CRC32.of($0) }) == checksum else {
      throw damaged("checksum of a chunk does not match")
    }
  }

  private mutating func truncate() {
    isAtEnd = true
    isTruncated = true
  }

  /// Reads up to this many bytes, fewer at the end of the file, nil when there are none.
  private mutating func read(upTo count: Int) throws(RecordingError) -> [UInt8]? {
    let file = file
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = count == 0 ? 0 : fread(buffer.baseAddress, 1, count, file)
    }
    guard ferror(file) == 0 else { throw .cannotRead(path: path, reason: String(cString: strerror(errno))) }
    offset += bytes.count
    return bytes.isEmpty && count > 0 ? nil : bytes
  }
}
