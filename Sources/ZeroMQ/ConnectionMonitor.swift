// SPDX-License-Identifier: GPL-3.0-or-later
import CZeroMQ
import Synchronization

/// Hears what becomes of a socket's connections. Belongs to the socket's thread.
public struct ConnectionMonitor: ~Copyable {
  public enum Event: Sendable, Equatable {
    /// Both sides speak the protocol: messages can come.
    case established
    case lost
    /// libzmq is going to connect again, or is about it.
    case connecting
    /// No connection came of it: another mechanism, an unknown or no key, or not the protocol.
    case handshakeFailed
    /// The socket was closed.
    case ended
  }

  /// What is of interest.
  public enum Interest: Sendable {
    /// Of a socket that connects: what becomes of its connection. Keeps the context alive.
    case connection
    /// Of a socket that listens: handshakes that fail before anybody is asked about the key. Ends with the context.
    case handshakes
  }

  /// Names are unique in the process.
  private static let count = Atomic<UInt64>(0)

  private let pair: Socket
  private var message: Multipart
  var raw: UnsafeMutableRawPointer { pair.raw }

  /// Hears what happens to `socket` from now on; before `connect`, hence, to hear everything.
  public init(_ socket: borrowing Socket, of interest: Interest = .connection) throws(ZeroMQError) {
    let endpoint = "inproc://monitor-\(Self.count.add(1, ordering: .relaxed).newValue)"
    let failures = ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL
    let wanted =
      switch interest {
      case .connection:
        ZMQ_EVENT_CONNECT_DELAYED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_CONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED
          | ZMQ_EVENT_DISCONNECTED | failures | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH
      case .handshakes: failures | ZMQ_EVENT_MONITOR_STOPPED
      }
    guard zmq_socket_monitor(socket.raw, endpoint, wanted) == 0 else { throw .last("monitor a socket") }
    let pair = try socket.makePair(keepingContext: interest == .connection)
    try pair.connect(endpoint)
    self.pair = pair
    message = Multipart()
  }

  /// Hears no more. Needed before the socket it listens to is closed: what libzmq then still tells would wait for a listener
  /// that is gone, and with it libzmq's own thread, and with that whatever other sockets have yet to send.
  public func end(_ socket: borrowing Socket) { zmq_socket_monitor(socket.raw, nil, 0) }

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
      case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        return .handshakeFailed
      case ZMQ_EVENT_MONITOR_STOPPED: return .ended
      case ZMQ_EVENT_CONNECT_DELAYED, ZMQ_EVENT_CONNECT_RETRIED, ZMQ_EVENT_CONNECTED: return .connecting
      default: continue
      }
    }
    return nil
  }
}
