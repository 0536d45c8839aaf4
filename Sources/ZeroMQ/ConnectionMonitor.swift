// SPDX-License-Identifier: GPL-3.0-or-later
import CZeroMQ

/// Hears what becomes of a socket's connections. Belongs to the socket's thread.
public struct ConnectionMonitor: ~Copyable {
  public enum Event: Sendable, Equatable {
    /// Both sides speak the protocol: messages can come.
    case established
    case lost
    /// libzmq is going to connect again, or is about it.
    case connecting
  }

  private let pair: Socket
  private var message: Multipart

  /// Hears what happens to `socket` from now on; before `connect`, hence, to hear everything.
  public init(_ socket: borrowing Socket) throws(ZeroMQError) {
    // Unique in the process for as long as the socket is open.
    let endpoint = "inproc://monitor-\(UInt(bitPattern: socket.raw))"
    let events = ZMQ_EVENT_CONNECT_DELAYED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_CONNECTED
    let wanted = events | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED
    guard zmq_socket_monitor(socket.raw, endpoint, wanted) == 0 else { throw .last("monitor a socket") }
    let pair = try socket.makePair()
    try pair.connect(endpoint)
    self.pair = pair
    message = Multipart()
  }

  /// The next event, or nil when nothing has happened.
  public mutating func next() throws(ZeroMQError) -> Event? {
    while try pair.receive(into: &message, waits: false) == .message {
      let number = message.withParts { parts -> Int32 in
        guard let first = parts.first, first.count >= 2 else { return 0 }
        return Int32(first.loadUnaligned(as: UInt16.self))
      }
      switch number {
      case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: return .established
      case ZMQ_EVENT_DISCONNECTED: return .lost
      case ZMQ_EVENT_CONNECT_DELAYED, ZMQ_EVENT_CONNECT_RETRIED, ZMQ_EVENT_CONNECTED: return .connecting
      default: continue
      }
    }
    return nil
  }
}
