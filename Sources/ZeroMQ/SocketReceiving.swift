// SPDX-License-Identifier: GPL-3.0-or-later
import CZeroMQ

extension Socket {
  /// What a call to `receive` brought.
  public enum Reception: Sendable, Equatable {
    case message
    /// The time was over, or a signal came.
    case nothing
    /// A message of this many parts, more than `Multipart` holds, was received and dropped.
    case tooManyParts(Int)
  }

  /// Receives one whole message into `message`, whose former parts are released. Copies nothing. Waits as long as the
  /// receive timeout says, or not at all with `waits: false`.
  public func receive(into message: inout Multipart, waits: Bool = true) throws(ZeroMQError) -> Reception {
    message.removeAll()
    let flags = waits ? 0 : ZMQ_DONTWAIT
    var received = 0
    while true {
      // Parts that do not fit go through the last handle, whose content the next one replaces.
      let slot = min(received, Multipart.largestPartCount - 1)
      if zmq_msg_recv(message.messages + slot, raw, flags) < 0 {
        let code = zmq_errno()
        guard code == EAGAIN || code == EINTR else { throw .last("receive") }
        // libzmq delivers messages whole: between parts this is a signal at most.
        if received == 0 { return .nothing }
        continue
      }
      received += 1
      message.count = slot + 1
      if zmq_msg_more(message.messages + slot) == 0 { break }
    }
    guard received <= Multipart.largestPartCount else {
      message.removeAll()
      return .tooManyParts(received)
    }
    return .message
  }

  /// What a peer of an XPUB socket asked for.
  public struct SubscriptionChange: Sendable, Equatable {
    public var isSubscribing: Bool
    public var topic: String
  }

  /// XPUB: the next subscription or cancellation that a peer sent, or nil when there is none at this moment.
  /// `message` is scratch space.
  public func nextSubscriptionChange(using message: inout Multipart) throws(ZeroMQError) -> SubscriptionChange? {
    while try receive(into: &message, waits: false) == .message {
      let change = message.withParts { parts -> SubscriptionChange? in
        guard let part = parts.first, let first = part.first, first <= 1 else { return nil }
        return SubscriptionChange(isSubscribing: first == 1, topic: String(decoding: part.dropFirst(), as: UTF8.self))
      }
      if let change { return change }
    }
    return nil
  }
}
