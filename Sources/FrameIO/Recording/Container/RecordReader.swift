// SPDX-License-Identifier: GPL-3.0-or-later

/// Walks the records of an MCAP file that describe or carry messages, and its attachments, in the order of the file and up
/// to the last whole one. Needs no index; keeps one chunk in memory. Every size is held to the file and to a bound before
/// memory is taken.
struct RecordReader: ~Copyable {
  /// What damage does.
  enum Policy { case fails, isPassedOver }

  struct Record {
    var opcode: UInt8
    /// Place of its body in the memory of the reader.
    var body: Range<Int>
    /// Where it stands in the file; that of its chunk where the chunk is compressed.
    var offset: Int
  }

  var path: String { file.path }
  var fileSize: Int { file.byteCount }
  /// True once the file has ended without its end record.
  private(set) var isTruncated = false
  /// Damage that was passed over.
  private(set) var losses = RecordingLosses()
  /// How far the file has been read, bytes.
  private(set) var offset = MCAP.magic.count

  private let file: ReadableFile
  private let policy: Policy
  private var isAtEnd = false
  /// The records of the current chunk, or one record outside of chunks.
  private var buffer: [UInt8] = []
  private var position = 0
  /// Where `buffer` begins in the file, and whether its bytes stand there as they are.
  private var bufferStart = 0
  private var isVerbatim = true
  /// `buffer` holds the records of a chunk.
  private var isChunk = false
  private var packed: [UInt8] = []
  /// Bytes, packed and unpacked, that looking for sound chunks may still take: a file of nothing but false beginnings ends too.
  private(set) var searchBudget: Int
  /// Of the last chunk that was compressed, whether or not it turned out sound.
  private var unpackedByteCount = 0
  /// The file does not begin as one: somewhere in it there may be chunks.
  private var lacksBeginning: Bool

  init(path: String, policy: Policy = .fails) throws(RecordingError) {
    let file = try ReadableFile(path: path)
    var magic: [UInt8] = []
    let isMCAP = try file.read(MCAP.magic.count, at: 0, into: &magic) && magic == MCAP.magic
    guard isMCAP || policy == .isPassedOver else { throw .notARecording(path: path) }
    searchBudget = 4 * file.byteCount + (64 << 20)
    self.file = file
    self.policy = policy
    lacksBeginning = !isMCAP
  }

  /// Starts again at the first record.
  mutating func rewind() {
    (offset, position, isAtEnd, isTruncated) = (MCAP.magic.count, 0, false, false)
    buffer.removeAll(keepingCapacity: true)
  }

  /// The next record, whose body is there until the next call; nil at the end.
  mutating func next() throws(RecordingError) -> Record? {
    while true {
      if position < buffer.count {
        if let record = takeRecord() {
          guard let reason = fault(of: record) else { return record }
          try reject(record, reason)
          continue
        }
        let start = isVerbatim ? bufferStart + position : bufferStart
        position = buffer.count
        if isTruncated {
          losses.add(start..<fileSize, "the file ends in the midst of a record")
        } else {
          try damage(start..<offset, "record that is longer than its chunk")
        }
      } else if isAtEnd {
        return nil
      } else {
        let start = offset
        do throws(RecordingError) {
          try load()
        } catch {
          try passOver(error, from: start)
        }
      }
    }
  }

  func withBody<Result>(of record: Record, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    buffer.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[record.body])) }
  }

  /// For callers who find a record wrong.
  mutating func reject(_ record: Record, _ reason: String) throws(RecordingError) {
    try damage(record.offset..<record.offset + MCAP.recordHead + record.body.count, reason)
  }

  private mutating func damage(_ range: Range<Int>, _ reason: String) throws(RecordingError) {
    guard policy == .isPassedOver else { throw .damaged(path: path, offset: range.lowerBound, reason: reason) }
    losses.add(range, reason)
  }

  private mutating func takeRecord() -> Record? {
    let start = position
    let length = buffer.withUnsafeBytes { bytes -> Int? in
      guard bytes.count - start >= MCAP.recordHead else { return nil }
      let length = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start + 1, as: UInt64.self))
      return length <= UInt64(bytes.count - start - MCAP.recordHead) ? Int(length) : nil
    }
    guard let length else { return nil }
    let body = start + MCAP.recordHead..<start + MCAP.recordHead + length
    position = body.upperBound
    return Record(opcode: buffer[start], body: body, offset: isVerbatim ? bufferStart + start : bufferStart)
  }

  /// Why a record is not given out: a chunk of many bytes comes out of few, so that what stays in memory of its records is
  /// held to the same bounds as outside, and attachments and metadata have no place in it.
  private func fault(of record: Record) -> String? {
    if isChunk, record.opcode == MCAP.Opcode.attachment || record.opcode == MCAP.Opcode.metadata {
      return "record of type \(record.opcode) in a chunk, expected schemas, channels and messages"
    }
    guard let limit = Self.largestLength(of: record.opcode), record.body.count > limit else { return nil }
    return Self.tooLong(record.body.count, limit)
  }

  private static func tooLong(_ length: Int, _ limit: Int) -> String {
    "record of \(length) bytes, expected at most \(limit)"
  }

  /// Reads the next chunk, or the next record that stands outside of chunks, into `buffer`.
  private mutating func load() throws(RecordingError) {
    if lacksBeginning {
      lacksBeginning = false
      guard let chunk = try nextSoundChunk(from: 0) else { throw .notARecording(path: path) }
      losses.add(0..<chunk, "not the beginning of an MCAP file")
      offset = chunk
    }
    buffer.removeAll(keepingCapacity: true)
    (position, bufferStart, isVerbatim, isChunk) = (0, offset, true, false)
    let start = offset
    guard try read(MCAP.recordHead, at: start) else { return try truncate(from: start) }
    let opcode = packed[0]
    let announced = packed.withUnsafeBytes {
      UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 1, as: UInt64.self))
    }
    func damaged(_ reason: String) -> RecordingError { .damaged(path: path, offset: start, reason: reason) }
    guard opcode != 0 else { throw damaged("record of type 0") }
    if opcode == MCAP.Opcode.dataEnd || opcode == MCAP.Opcode.footer {
      isAtEnd = true
      return
    }
    let available = fileSize - start - MCAP.recordHead
    if opcode == MCAP.Opcode.chunk { return try loadChunk(at: start, length: announced) }
    guard let length = Int(exactly: announced), length <= available else { return try truncate(from: start) }
    guard let limit = Self.largestLength(of: opcode) else {
      // Ours to skip, but nothing that a file has when something is known to be wrong with it.
      if policy == .isPassedOver, opcode > MCAP.Opcode.dataEnd, opcode < MCAP.Opcode.firstPrivate {
        throw damaged("record of unknown type \(opcode)")
      }
      offset = start + MCAP.recordHead + length
      return
    }
    guard length <= limit else {
      if opcode == MCAP.Opcode.attachment {
        offset = start + MCAP.recordHead + length
        return losses.add(start..<offset, "attachment of \(length) bytes, more than \(limit)")
      }
      throw damaged(Self.tooLong(length, limit))
    }
    guard try read(MCAP.recordHead + length, at: start) else { return try truncate(from: start) }
    swap(&buffer, &packed)
    offset = start + buffer.count
  }

  /// Bound of the records that are wanted; nil for others.
  private static func largestLength(of opcode: UInt8) -> Int? {
    switch opcode {
    case MCAP.Opcode.message: MCAP.largestRecords
    case MCAP.Opcode.attachment: MCAP.largestAttachment
    case MCAP.Opcode.schema, MCAP.Opcode.channel, MCAP.Opcode.metadata: MCAP.largestDescription
    default: nil
    }
  }

  private mutating func loadChunk(at start: Int, length: UInt64) throws(RecordingError) {
    let head: ChunkHead
    switch try ChunkHead.read(
      { count throws(RecordingError) in
        try read(count, at: start + MCAP.recordHead) ? packed : nil
      }, length: length)
    {
    case .success(let found): head = found
    case .endsEarly: return try truncate(from: start)
    case .damaged(let reason): throw .damaged(path: path, offset: start, reason: reason)
    }
    let compression = ChunkCompression(rawValue: head.compression)
    guard compression != nil || head.compression.isEmpty else {
      throw .unsupportedCompression(path: path, offset: start, found: head.compression)
    }
    let first = start + MCAP.recordHead + head.byteCount
    // What is in the file bounds what is allocated.
    let present = max(0, min(head.storedByteCount, fileSize - first))
    let isCut = present < head.storedByteCount
    if isCut, policy == .isPassedOver, let next = try nextSoundChunk(from: start + 1) {
      losses.add(start..<next, "chunk that ends beyond the file")
      offset = next
      return
    }
    guard try read(present, at: first) else { return try truncate(from: start) }
    (bufferStart, isVerbatim, isChunk) = (first, compression == nil, true)
    if let compression {
      bufferStart = start
      let outcome = packed.withUnsafeBytes { compression.unpack($0, byteCount: head.byteCountUnpacked, into: &buffer) }
      unpackedByteCount = buffer.count
      switch outcome {
      case .whole: break
      case .partial where isCut: break
      case .partial:
        throw .damaged(path: path, offset: start, reason: "\(head.compression): fewer bytes than announced")
      case .damaged(let reason): throw .damaged(path: path, offset: start, reason: reason)
      }
    } else {
      swap(&buffer, &packed)
    }
    offset = first + present
    if isCut {
      (isAtEnd, isTruncated) = (true, true)
      if buffer.isEmpty { losses.add(start..<fileSize, "the file ends in the midst of a chunk") }
      return
    }
    guard head.checksum == 0 || buffer.withUnsafeBytes({ CRC32.of($0) }) == head.checksum else {
      buffer.removeAll(keepingCapacity: true)
      throw .damaged(path: path, offset: start, reason: "checksum of a chunk does not match")
    }
  }

  /// The file ends in the record at `start`, or that record lies about its length.
  private mutating func truncate(from start: Int) throws(RecordingError) {
    if policy == .isPassedOver, start < fileSize, let next = try nextSoundChunk(from: start + 1) {
      losses.add(start..<next, "record that ends beyond the file")
      offset = next
      return
    }
    (isAtEnd, isTruncated) = (true, true)
    offset = fileSize
    if start < fileSize { losses.add(start..<fileSize, "the file ends in the midst of a record") }
  }

  private mutating func passOver(_ error: RecordingError, from start: Int) throws(RecordingError) {
    guard policy == .isPassedOver else { throw error }
    let reason: String
    switch error {
    case .damaged(_, _, let text): reason = text
    case .unsupportedCompression(_, _, let found): reason = "chunk with the unknown compression \(found)"
    default: throw error
    }
    buffer.removeAll(keepingCapacity: true)
    position = 0
    let next = try nextSoundChunk(from: start + 1)
    losses.add(start..<(next ?? fileSize), reason)
    if let next { offset = next } else { (isAtEnd, isTruncated, offset) = (true, true, fileSize) }
  }

  /// Where, from `start` on, the next chunk begins whose checksum is right: chunks are the only records that can be told
  /// from other bytes.
  private mutating func nextSoundChunk(from start: Int) throws(RecordingError) -> Int? {
    let window = 1 << 20
    var windowStart = start
    while windowStart < fileSize, searchBudget > 0 {
      let count = min(window + ChunkHead.largest, fileSize - windowStart)
      guard try read(count, at: windowStart) else { return nil }
      searchBudget -= count
      let bytes = packed
      for at in 0..<min(window, count) where bytes[at] == MCAP.Opcode.chunk {
        guard let end = ChunkHead.plausibleEnd(bytes, at: at, of: fileSize - windowStart) else { continue }
        searchBudget -= end - at
        if searchBudget > 0, try isSoundChunk(at: windowStart + at) { return windowStart + at }
      }
      windowStart += window
    }
    return nil
  }

  /// Leaves the reader as it was, but for its memory.
  private mutating func isSoundChunk(at start: Int) throws(RecordingError) -> Bool {
    guard try read(MCAP.recordHead, at: start) else { return false }
    let length = packed.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 1, as: UInt64.self)) }
    let before = (offset, isAtEnd, isTruncated)
    unpackedByteCount = 0
    defer {
      // What was unpacked counts as well: many heads may share a few packed bytes that grow to a gibibyte.
      searchBudget -= unpackedByteCount
      (offset, isAtEnd, isTruncated) = before
      buffer.removeAll(keepingCapacity: true)
      position = 0
    }
    do throws(RecordingError) {
      try loadChunk(at: start, length: length)
      return true
    } catch {
      switch error {
      case .damaged, .unsupportedCompression: return false
      default: throw error
      }
    }
  }

  /// Reads so many bytes into `packed`; false when the file has fewer.
  private mutating func read(_ count: Int, at start: Int) throws(RecordingError) -> Bool {
    try file.read(count, at: start, into: &packed)
  }
}
