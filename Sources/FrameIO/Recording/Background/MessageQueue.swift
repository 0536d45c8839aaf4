// SPDX-License-Identifier: GPL-3.0-or-later
import Threading

/// Messages in order between a thread that receives and a thread that writes, bounded in number and in bytes. Messages are
/// shared, not copied: the receiver goes on with its own.
final class MessageQueue: @unchecked Sendable {
  enum Delivery { case message, timedOut, closed }

  private let condition = Condition()
  private let slots: UnsafeMutablePointer<ReceivedMessage>
  private let capacity: Int
  private let largestByteCount: Int
  private var start = 0
  private var count = 0
  private var byteCount = 0
  private var isClosed = false

  init(capacity: Int, byteCount: Int) {
    self.capacity = capacity
    largestByteCount = byteCount
    slots = .allocate(capacity: capacity)
    for i in 0..<capacity { (slots + i).initialize(to: ReceivedMessage()) }
  }

  deinit {
    slots.deinitialize(count: capacity)
    slots.deallocate()
  }

  /// False when there is no room; a message larger than all the room is taken when nothing else waits.
  func put(_ message: borrowing ReceivedMessage) -> Bool {
    let size = message.parts.byteCount
    let isTaken = condition.locked {
      guard !isClosed, count < capacity, count == 0 || byteCount + size <= largestByteCount else { return false }
      let slot = slots + (start + count) % capacity
      slot.pointee.parts.share(message.parts)
      slot.pointee.receivedNs = message.receivedNs
      count += 1
      byteCount += size
      return true
    }
    if isTaken { condition.signal() }
    return isTaken
  }

  /// Waits for the next message, at most this long.
  func take(into message: inout ReceivedMessage, milliseconds: Int) -> Delivery {
    // Frees the bytes of the last one; the slot then holds an empty message.
    message.parts.removeAll()
    return condition.locked {
      condition.wait(milliseconds: milliseconds) { isClosed || count > 0 }
      guard count > 0 else { return isClosed ? .closed : .timedOut }
      swap(&slots[start], &message)
      start = (start + 1) % capacity
      count -= 1
      byteCount -= message.parts.byteCount
      return .message
    }
  }

  /// No more messages are taken in; what waits can still be taken out.
  func close() {
    condition.locked { isClosed = true }
    condition.signal()
  }
}
