// SPDX-License-Identifier: GPL-3.0-or-later
import ZeroMQ

/// One message of a recording: the exact wire parts and their times. Its memory serves one message after the other.
public struct RecordedMessage: Sendable {
  /// The channel's topic without `/in/`.
  public internal(set) var source = ""
  /// Counts the messages of a channel from 0.
  public internal(set) var sequence: UInt32 = 0
  /// When it was received, nanoseconds since 1970.
  public internal(set) var logTimeNs: UInt64 = 0
  /// When it was taken, by the clock of the source; the time of reception where the header has none.
  public internal(set) var publishTimeNs: UInt64 = 0

  private var bytes: [UInt8] = []
  private var ranges: [Range<Int>] = []

  public init() {}

  public var partCount: Int { ranges.count }
  /// The wire bytes of all parts.
  public var byteCount: Int { ranges.reduce(0) { $0 + $1.count } }
  /// A copy of the parts.
  public var parts: [[UInt8]] { ranges.map { Array(bytes[$0]) } }

  /// Lends the parts for the time of the call.
  public func withParts<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<UnsafeRawBufferPointer>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try bytes.withUnsafeBufferPointer { (bytes) throws(Failure) -> Result in
      let parts = ranges.map { UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[$0])) }
      return try parts.withUnsafeBufferPointer { (parts) throws(Failure) -> Result in try body(parts) }
    }
  }

  /// Takes message data over: for each part its length (i64) and bytes. Returns what is wrong with it, or nil.
  mutating func takeData(_ data: UnsafeRawBufferPointer) -> String? {
    var reader = ByteReader(data)
    ranges.removeAll(keepingCapacity: true)
    while reader.remaining > 0 {
      guard ranges.count < Multipart.largestPartCount else {
        return "message of more than \(Multipart.largestPartCount) parts"
      }
      guard let length = reader.take(Int64.self), length >= 0 else { return "part without a valid length" }
      let start = reader.position
      guard reader.take(byteCount: UInt64(length)) != nil else {
        return "part of \(length) bytes in a message with \(reader.remaining) left"
      }
      ranges.append(start..<reader.position)
    }
    guard !ranges.isEmpty else { return "message without parts" }
    bytes.removeAll(keepingCapacity: true)
    bytes.append(contentsOf: data)
    return nil
  }
}
