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

  /// What a peer of an XPUB socket sent.
  public enum SubscriberMessage: Sendable, Equatable {
    case subscribes(topic: String)
    case cancels(topic: String)
    /// Something else: an XSUB peer may send any message.
    case foreign
  }

  /// XPUB: the next message that a peer sent, or nil when there is none at this moment. Takes one and not more, so that callers can
  /// bound what they take. `message` is scratch space.
  public func nextSubscriberMessage(using message: inout Multipart) throws(ZeroMQError) -> SubscriberMessage? {
    switch try receive(into: &message, waits: false) {
    case .nothing: return nil
    case .tooManyParts: return .foreign
    case .message: break
    }
    return message.withParts { parts in
      guard parts.count == 1, let first = parts[0].first, first <= 1 else { return .foreign }
      let topic = String(decoding: parts[0].dropFirst(), as: UTF8.self)
      return first == 1 ? .subscribes(topic: topic) : .cancels(topic: topic)
    }
  }
}
