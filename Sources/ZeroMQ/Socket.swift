// SPDX-License-Identifier: GPL-3.0-or-later
import CZeroMQ

/// A ZeroMQ socket. Not copyable and not Sendable: libzmq's sockets belong to one thread, and so the compiler says.
public struct Socket: ~Copyable {
  public enum Kind: Sendable {
    case sub, pub, xpub, push, pull, pair

    fileprivate var raw: Int32 {
      switch self {
      case .sub: ZMQ_SUB
      case .pub: ZMQ_PUB
      case .xpub: ZMQ_XPUB
      case .push: ZMQ_PUSH
      case .pull: ZMQ_PULL
      case .pair: ZMQ_PAIR
      }
    }
  }

  public let kind: Kind
  let raw: UnsafeMutableRawPointer
  /// Keeps the context alive for as long as the socket is.
  private let context: Context

  /// A socket that drops unsent messages when it closes (`setLinger` changes that).
  public init(_ kind: Kind, in context: Context) throws(ZeroMQError) {
    guard let raw = zmq_socket(context.raw, kind.raw) else { throw .last("create a socket") }
    var linger: Int32 = 0
    zmq_setsockopt(raw, ZMQ_LINGER, &linger, MemoryLayout<Int32>.size)
    self.raw = raw
    self.kind = kind
    self.context = context
  }

  deinit { zmq_close(raw) }

  /// Listens at an endpoint such as `tcp://127.0.0.1:5556`, `tcp://127.0.0.1:*`, `ipc:///run/glazer`, `inproc://name`.
  public func bind(_ endpoint: String) throws(ZeroMQError) {
    guard zmq_bind(raw, endpoint) == 0 else { throw .last(endpoint: endpoint) }
  }

  /// Connects to an endpoint, now or whenever somebody listens there.
  public func connect(_ endpoint: String) throws(ZeroMQError) {
    guard zmq_connect(raw, endpoint) == 0 else { throw .last(endpoint: endpoint) }
  }

  /// Connects anew, also where libzmq has given a connection up for good: it does so with a peer that breaks the protocol
  /// or sends a part larger than `setLargestMessage` allows.
  public func reconnect(_ endpoint: String) throws(ZeroMQError) {
    // It fails where libzmq has already let go of the connection; either way none is left.
    _ = zmq_disconnect(raw, endpoint)
    try connect(endpoint)
  }

  /// A PAIR socket in the same context.
  func makePair() throws(ZeroMQError) -> Socket { try Socket(.pair, in: context) }

  /// The endpoint that was last bound or connected, with the port that a wildcard was resolved to.
  public func lastEndpoint() throws(ZeroMQError) -> String {
    let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { buffer -> String? in
      var size = buffer.count
      guard zmq_getsockopt(raw, ZMQ_LAST_ENDPOINT, buffer.baseAddress, &size) == 0, size > 0 else { return nil }
      return buffer.baseAddress.map { String(cString: $0) }
    }
    guard let text else { throw .last("read the last endpoint") }
    return text
  }

  /// What a socket can wait for.
  public enum Readiness: Sendable { case toReceive, toSend }

  /// Waits until the socket can receive or send; false after the time or when a signal came.
  public func poll(_ readiness: Readiness, milliseconds: Int) throws(ZeroMQError) -> Bool {
    let event = Int16(readiness == .toReceive ? ZMQ_POLLIN : ZMQ_POLLOUT)
    var item = zmq_pollitem_t(socket: raw, fd: 0, events: event, revents: 0)
    let ready = zmq_poll(&item, 1, milliseconds)
    guard ready >= 0 else {
      if zmq_errno() == EINTR { return false }
      throw .last("poll")
    }
    return item.revents & event != 0
  }
}
