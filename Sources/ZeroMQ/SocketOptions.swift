// SPDX-License-Identifier: GPL-3.0-or-later
import CZeroMQ

/// Options act on connections made after they are set: set them before `bind` and `connect`.
extension Socket {
  /// SUB: receive messages whose first part begins with these bytes; an empty topic means all.
  public func subscribe(to topic: String) throws(ZeroMQError) {
    var topic = topic
    let status = topic.withUTF8 { zmq_setsockopt(raw, ZMQ_SUBSCRIBE, $0.baseAddress, $0.count) }
    guard status == 0 else { throw .last("subscribe") }
  }

  /// Most messages that wait on the receiving side, per peer; 0 means no limit.
  public func setReceiveHighWaterMark(_ messages: Int) throws(ZeroMQError) {
    try set(ZMQ_RCVHWM, Int32(clamping: messages))
  }

  /// Most messages that wait on the sending side, per peer; 0 means no limit.
  public func setSendHighWaterMark(_ messages: Int) throws(ZeroMQError) {
    try set(ZMQ_SNDHWM, Int32(clamping: messages))
  }

  /// Room for what has been sent and not yet received, in the kernel, per peer.
  public func setSendBuffer(byteCount: Int) throws(ZeroMQError) { try set(ZMQ_SNDBUF, Int32(clamping: byteCount)) }

  /// How long closing waits for unsent messages; negative means for ever.
  public func setLinger(milliseconds: Int) throws(ZeroMQError) { try set(ZMQ_LINGER, Int32(clamping: milliseconds)) }

  /// How long `receive` waits; negative means for ever.
  public func setReceiveTimeout(milliseconds: Int) throws(ZeroMQError) {
    try set(ZMQ_RCVTIMEO, Int32(clamping: milliseconds))
  }

  /// How long `send` waits for room; negative means for ever.
  public func setSendTimeout(milliseconds: Int) throws(ZeroMQError) {
    try set(ZMQ_SNDTIMEO, Int32(clamping: milliseconds))
  }

  /// Largest part that is accepted from a peer, bytes. A peer that sends a larger one is disconnected before it is stored.
  public func setLargestMessage(byteCount: Int) throws(ZeroMQError) { try set(ZMQ_MAXMSGSIZE, Int64(byteCount)) }

  /// Notices within three seconds that a peer or the network is gone without a word, and tries to connect again every second
  /// instead of at the kernel's growing intervals. By the kernel's own probes: every peer answers them, which cannot be said of
  /// ZeroMQ's heartbeats.
  public func setLossDetection() throws(ZeroMQError) {
    try set(ZMQ_TCP_KEEPALIVE, Int32(1))
    try set(ZMQ_TCP_KEEPALIVE_IDLE, Int32(1))
    try set(ZMQ_TCP_KEEPALIVE_INTVL, Int32(1))
    try set(ZMQ_TCP_KEEPALIVE_CNT, Int32(2))
    try set(ZMQ_CONNECT_TIMEOUT, Int32(1000))
    try set(ZMQ_HANDSHAKE_IVL, Int32(2000))
  }

  /// XPUB: report every subscription and cancellation, not only the first and last of a topic.
  public func setVerboseSubscriptions() throws(ZeroMQError) { try set(ZMQ_XPUB_VERBOSER, Int32(1)) }

  func set(_ option: Int32, text: String) throws(ZeroMQError) {
    var text = text
    let status = text.withUTF8 { zmq_setsockopt(raw, option, $0.baseAddress, $0.count) }
    guard status == 0 else { throw .last("set socket option \(option)") }
  }

  func set<Value: BitwiseCopyable>(_ option: Int32, _ value: Value) throws(ZeroMQError) {
    var value = value
    guard zmq_setsockopt(raw, option, &value, MemoryLayout<Value>.size) == 0 else {
      throw .last("set socket option \(option)")
    }
  }
}
