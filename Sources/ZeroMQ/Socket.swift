// SPDX-License-Identifier: GPL-3.0-or-later
import CZeroMQ
import Glibc

/// A ZeroMQ socket. Not copyable and not Sendable: libzmq's sockets belong to one thread, and so the compiler says.
public struct Socket: ~Copyable {
  public enum Kind: Sendable {
    case sub, pub, xpub, push, pull, pair, rep

    fileprivate var raw: Int32 {
      switch self {
      case .sub: ZMQ_SUB
      case .pub: ZMQ_PUB
      case .xpub: ZMQ_XPUB
      case .push: ZMQ_PUSH
      case .pull: ZMQ_PULL
      case .pair: ZMQ_PAIR
      case .rep: ZMQ_REP
      }
    }
  }

  public let kind: Kind
  let raw: UnsafeMutableRawPointer
  /// Keeps the context alive for as long as the socket is; nil for sockets that end with the context.
  private let context: Context?

  /// A socket that drops unsent messages when it closes (`setLinger` changes that).
  public init(_ kind: Kind, in context: Context) throws(ZeroMQError) {
    try self.init(kind, raw: context.raw, holding: context)
  }

  /// A socket that does not keep its context alive: its owner closes it when a call throws `terminated`.
  init(_ kind: Kind, inside context: borrowing Context) throws(ZeroMQError) {
    try self.init(kind, raw: context.raw, holding: nil)
  }

  private init(_ kind: Kind, raw context: UnsafeMutableRawPointer, holding owner: Context?) throws(ZeroMQError) {
    guard let raw = zmq_socket(context, kind.raw) else { throw .last("create a socket") }
    var linger: Int32 = 0
    zmq_setsockopt(raw, ZMQ_LINGER, &linger, MemoryLayout<Int32>.size)
    self.raw = raw
    self.kind = kind
    self.context = owner
  }

  deinit { zmq_close(raw) }

  /// Throws for what is no endpoint by its look. libzmq itself takes ports modulo 65,536.
  public static func check(_ endpoint: String) throws(ZeroMQError) {
    let parts = endpoint.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, parts[1].hasPrefix("//"), parts[1].count > 2 else {
      throw .invalidEndpoint(endpoint, reason: "no transport and address")
    }
    guard parts[0] == "tcp" else { return }
    let address = parts[1].split(separator: ":", omittingEmptySubsequences: false)
    let port = address.last ?? ""
    guard address.count > 1, port == "*" || Int(port).map({ (0...65535).contains($0) }) == true else {
      throw .invalidEndpoint(endpoint, reason: "the port is none of 0 to 65535 and *")
    }
  }

  /// Listens at an endpoint such as `tcp://127.0.0.1:5556`, `tcp://127.0.0.1:*`, `ipc:///run/glazer`, `inproc://name`.
  public func bind(_ endpoint: String) throws(ZeroMQError) {
    try Self.check(endpoint)
    guard zmq_bind(raw, endpoint) == 0 else { throw .last(endpoint: endpoint) }
  }

  /// Connects to an endpoint, now or whenever somebody listens there.
  public func connect(_ endpoint: String) throws(ZeroMQError) {
    try Self.check(endpoint)
    guard zmq_connect(raw, endpoint) == 0 else { throw .last(endpoint: endpoint) }
  }

  /// Listens in the place of `old` at the endpoint that it was bound to. Its connections end when it is closed, right after;
  /// peers come back by themselves, past the access list. Waits some milliseconds for the system to free the endpoint.
  public func bind(_ endpoint: String, inPlaceOf old: borrowing Socket) throws(ZeroMQError) {
    guard zmq_unbind(old.raw, endpoint) == 0 else { throw .last(endpoint: endpoint) }
    try old.setLinger(milliseconds: 0)
    for _ in 0..<200 {
      if zmq_bind(raw, endpoint) == 0 { return }
      guard zmq_errno() == EADDRINUSE else { break }
      usleep(5000)
    }
    throw .last(endpoint: endpoint)
  }

  /// Connects anew, also where libzmq has given a connection up for good: it does so with a peer that breaks the protocol
  /// or sends a part larger than `setLargestMessage` allows.
  public func reconnect(_ endpoint: String) throws(ZeroMQError) {
    // It fails where libzmq has already let go of the connection; either way none is left.
    _ = zmq_disconnect(raw, endpoint)
    try connect(endpoint)
  }

  /// A PAIR socket in the same context, which keeps it alive or not.
  func makePair(keepingContext: Bool) throws(ZeroMQError) -> Socket {
    guard let context else { throw .failed(operation: "make a pair", reason: "the socket does not hold its context") }
    return keepingContext ? try Socket(.pair, in: context) : try Socket(.pair, inside: context)
  }

  /// A name under which this socket's CURVE connections are decided on by `list`.
  func guarded(by list: AccessList) throws(ZeroMQError) -> String {
    guard let context else { throw .failed(operation: "guard a socket", reason: "it does not hold its context") }
    return try context.theGatekeeper().guards(self, by: list)
  }

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

  /// Waits until one of these sockets of the calling thread can receive, or the time is over.
  static func waitForAny(
    milliseconds: Int, count: Int, _ socket: (Int) -> UnsafeMutableRawPointer
  ) throws(ZeroMQError) {
    let status = withUnsafeTemporaryAllocation(of: zmq_pollitem_t.self, capacity: count) { items in
      for i in 0..<count {
        items.initializeElement(
          at: i, to: zmq_pollitem_t(socket: socket(i), fd: 0, events: Int16(ZMQ_POLLIN), revents: 0))
      }
      return zmq_poll(items.baseAddress, Int32(count), milliseconds)
    }
    guard status >= 0 || zmq_errno() == EINTR else { throw .last("poll") }
  }

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
