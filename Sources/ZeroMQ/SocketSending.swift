// SPDX-License-Identifier: GPL-3.0-or-later
import CZeroMQ

extension Socket {
  /// Sends one message of these parts, whole or not at all; libzmq copies the bytes. False when there was no room within
  /// the send timeout (PUSH; PUB and XPUB drop instead), the peer went away in the midst, or a signal came: send again.
  @discardableResult
  public func send(parts: UnsafeBufferPointer<UnsafeRawBufferPointer>, waits: Bool = true) throws(ZeroMQError) -> Bool {
    precondition(!parts.isEmpty, "a message has at least one part")
    var isSent = true
    for (i, part) in parts.enumerated() {
      let flags = (waits ? 0 : ZMQ_DONTWAIT) | (i + 1 < parts.count ? ZMQ_SNDMORE : 0)
      while zmq_send(raw, part.baseAddress, part.count, flags) < 0 {
        let code = zmq_errno()
        guard code == EAGAIN || code == EINTR else { throw .last("send") }
        // Before the first part nothing has happened. After it, a signal is no reason to stop, and a lost peer makes
        // libzmq drop the rest of this message: give it that rest, else the next message would be dropped with it.
        if i == 0 { return false }
        if code == EAGAIN {
          isSent = false
          break
        }
      }
    }
    return isSent
  }

  /// Sends one message of these parts. As above; for callers that hold arrays, at the cost of one copy more.
  @discardableResult
  public func send(_ parts: [[UInt8]], waits: Bool = true) throws(ZeroMQError) -> Bool {
    var joined: [UInt8] = []
    joined.reserveCapacity(parts.reduce(0) { $0 + $1.count })
    for part in parts { joined += part }
    return try joined.withUnsafeBufferPointer { (bytes) throws(ZeroMQError) -> Bool in
      var start = 0
      let buffers = parts.map { part in
        defer { start += part.count }
        return UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[start..<start + part.count]))
      }
      return try buffers.withUnsafeBufferPointer { (buffers) throws(ZeroMQError) -> Bool in
        try send(parts: buffers, waits: waits)
      }
    }
  }
}
