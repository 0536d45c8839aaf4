// SPDX-License-Identifier: GPL-3.0-or-later
import ZeroMQ

/// Receives what an agent publishes, for viewers: copies the parts of each message.
public struct OverlaySubscriber: ~Copyable {
  /// Connections to the agent that ended in the handshake: keys that do not fit, or no agent there.
  public var failedHandshakes: UInt64 { keeper.failedHandshakes }
  private let socket: Socket
  private var keeper: ConnectionKeeper
  private var message = Multipart()

  /// Connects, now or when the agent starts. Topics are prefixes: `overlay` also brings `overlay.end`.
  public init(
    _ endpoint: String, topics: [OverlayTopic], context: Context, timeoutMs: Int = 100,
    security: LinkSecurity = .plaintext
  ) throws(ZeroMQError) {
    let socket = try Socket(.sub, in: context)
    try socket.setReceiveHighWaterMark(16)
    try socket.setLargestMessage(byteCount: 1 << 28)
    try socket.setReceiveTimeout(milliseconds: timeoutMs)
    try socket.setLossDetection()
    for topic in topics { try socket.subscribe(to: topic.rawValue) }
    try socket.secure(security)
    let keeper = try ConnectionKeeper(socket, endpoint: endpoint)
    try socket.connect(endpoint)
    self.socket = socket
    self.keeper = keeper
  }

  deinit { keeper.end(socket) }

  /// The next message with its topic; nil when none came in time, or one that is not the agent's.
  public mutating func next() throws(ZeroMQError) -> (topic: OverlayTopic, parts: [[UInt8]])? {
    guard try socket.receive(into: &message) == .message else {
      _ = try keeper.restore(socket)
      return nil
    }
    let parts = message.withParts { $0.map(Array.init) }
    guard let first = parts.first, let topic = OverlayTopic(bytes: first) else { return nil }
    return (topic, parts)
  }
}
