// SPDX-License-Identifier: GPL-3.0-or-later
import ZeroMQ

/// A bound or connected socket for frames that does not stay deaf: where libzmq gives a connection up for good, after a part
/// that is too large or a refused key, it is made anew (`ConnectionKeeper`). Belongs to one thread at a time.
public final class InputSocket {
  /// The endpoint in use, a wildcard port resolved.
  public let endpoint: String
  /// Times that the source was cut off for a part larger than `InputEndpoint.largestMessage`, or for breaking ZeroMQ's
  /// protocol; not known of sources that connect to us, which come back by themselves.
  public private(set) var cutOffs: UInt64 = 0
  /// Connections to the source that ended in the handshake: keys that do not fit, or no ZeroMQ there.
  public var failedHandshakes: UInt64 { keeper?.failedHandshakes ?? 0 }

  private var socket: Socket
  private let open: () throws(ZeroMQError) -> Socket
  private var keeper: ConnectionKeeper?
  private let binds: Bool

  /// Waits up to `receiveTimeoutMs` in every call of `receive`.
  public init(_ input: InputEndpoint, in context: Context, receiveTimeoutMs: Int = 50) throws(ZeroMQError) {
    let open = { () throws(ZeroMQError) -> Socket in
      try input.socket(in: context, receiveTimeoutMs: receiveTimeoutMs)
    }
    let socket = try open()
    let keeper = input.binds ? nil : try ConnectionKeeper(socket, endpoint: input.endpoint)
    if input.binds { try socket.bind(input.endpoint) } else { try socket.connect(input.endpoint) }
    endpoint = try socket.lastEndpoint()
    self.socket = socket
    self.keeper = keeper
    self.open = open
    binds = input.binds
  }

  /// Where it listens: ends every connection, as libzmq ends no single one. Senders that are still on the list come back by
  /// themselves; messages that wait in the socket are dropped.
  public func dropConnections() throws(ZeroMQError) {
    guard binds else { return }
    let fresh = try open()
    try fresh.bind(endpoint, inPlaceOf: socket)
    socket = fresh
  }

  deinit { keeper?.end(socket) }

  /// As `Socket.receive`. A connection that was given up is silent, so that looking after it then is soon enough.
  public func receive(into message: inout Multipart) throws(ZeroMQError) -> Socket.Reception {
    let reception = try socket.receive(into: &message)
    if reception == .nothing, try keeper?.restore(socket) ?? false { cutOffs += 1 }
    return reception
  }
}
