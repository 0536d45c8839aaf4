// SPDX-License-Identifier: GPL-3.0-or-later
import ZeroMQ

/// Brings back a connection that libzmq has given up. After an ordinary loss libzmq connects again by itself; after a part
/// that is too large, or bytes that are not its protocol, it never does, and the socket would be deaf for good.
struct ConnectionKeeper: ~Copyable {
  /// libzmq tells of its next attempt right after the loss; if it has not after this time, there will be none.
  static let patienceNs: UInt64 = 300_000_000

  private let endpoint: String
  private var monitor: ConnectionMonitor
  private var lostNs: UInt64?
  /// Whether the last connection that was lost had never come about.
  private var isUnshaken = false
  /// Connections that ended in the handshake: keys that do not fit, or no ZeroMQ on the other side.
  private(set) var failedHandshakes: UInt64 = 0

  /// Before `socket` connects to `endpoint`.
  init(_ socket: borrowing Socket, endpoint: String) throws(ZeroMQError) {
    let monitor = try ConnectionMonitor(socket)
    self.endpoint = endpoint
    self.monitor = monitor
  }

  /// Before `socket` is closed.
  func end(_ socket: borrowing Socket) { monitor.end(socket) }

  /// Connects again where libzmq will not; true when that was a connection that had worked. To be called several times a
  /// second.
  mutating func restore(_ socket: borrowing Socket) throws(ZeroMQError) -> Bool {
    while let event = try monitor.next() {
      lostNs = event == .lost ? Pacer.nowNs() : nil
      if event == .handshakeFailed {
        failedHandshakes += 1
        isUnshaken = true
      } else if event == .established {
        isUnshaken = false
      }
    }
    guard let lostNs, Pacer.nowNs() - lostNs > Self.patienceNs else { return false }
    self.lostNs = nil
    try socket.reconnect(endpoint)
    return !isUnshaken
  }
}
