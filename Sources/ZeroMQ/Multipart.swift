// SPDX-License-Identifier: GPL-3.0-or-later
import CZeroMQ

/// A received message of up to `largestPartCount` parts. Holds libzmq's own buffers, so that receiving copies nothing, and
/// is used again for the next message. May move between threads; is used by one at a time.
public struct Multipart: ~Copyable, @unchecked Sendable {
  public static let largestPartCount = 64

  let messages: UnsafeMutablePointer<zmq_msg_t>
  public internal(set) var count = 0

  /// An empty message. Allocates its 4 KiB of message handles once.
  public init() {
    messages = .allocate(capacity: Self.largestPartCount)
    for i in 0..<Self.largestPartCount { zmq_msg_init(messages + i) }
  }

  deinit {
    for i in 0..<Self.largestPartCount { zmq_msg_close(messages + i) }
    messages.deallocate()
  }

  /// Releases the parts; the value can be used again.
  public mutating func removeAll() {
    for i in 0..<count {
      zmq_msg_close(messages + i)
      zmq_msg_init(messages + i)
    }
    count = 0
  }

  /// Takes over the parts of another message, in place of its own. Bytes are not copied (but for a few dozen): both refer to
  /// the same, which nobody changes, and which go when both have let go.
  public mutating func share(_ other: borrowing Multipart) {
    removeAll()
    for i in 0..<other.count { zmq_msg_copy(messages + i, other.messages + i) }
    count = other.count
  }

  public func byteCount(ofPart index: Int) -> Int {
    precondition(index >= 0 && index < count, "no such part")
    return zmq_msg_size(messages + index)
  }

  /// The sum over all parts.
  public var byteCount: Int { (0..<count).reduce(0) { $0 + zmq_msg_size(messages + $1) } }

  /// Lends the bytes of all parts, in order, for the time of the call.
  public func withParts<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<UnsafeRawBufferPointer>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let outcome = withUnsafeTemporaryAllocation(of: UnsafeRawBufferPointer.self, capacity: max(count, 1)) { parts in
      for i in 0..<count {
        parts.initializeElement(
          at: i, to: UnsafeRawBufferPointer(start: zmq_msg_data(messages + i), count: zmq_msg_size(messages + i)))
      }
      do throws(Failure) {
        return Swift.Result<Result, Failure>.success(try body(UnsafeBufferPointer(rebasing: parts[..<count])))
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }
}
