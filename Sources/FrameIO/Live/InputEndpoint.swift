// SPDX-License-Identifier: GPL-3.0-or-later
import ZeroMQ

/// Where frames come from.
public struct InputEndpoint: Sendable {
  public enum Pattern: String, Sendable {
    /// PUB/SUB: the publisher drops what a slow subscriber does not take.
    case sub
    /// PUSH/PULL: the publisher waits.
    case pull
  }

  public var endpoint: String
  public var pattern: Pattern
  /// Listen instead of connecting.
  public var binds: Bool
  /// SUB: first bytes of the topic part.
  public var topic: String
  /// Largest part that is accepted; a peer that sends a larger one is cut off.
  public var largestMessage: Int
  /// Messages that may wait in the socket: few where the latest frame wins, more where none may be lost.
  public var highWaterMark: Int
  public var security: LinkSecurity

  public init(
    _ endpoint: String, pattern: Pattern = .sub, binds: Bool = false, topic: String = "",
    largestMessage: Int = FrameDecoder.largestMessage, highWaterMark: Int = 4,
    security: LinkSecurity = .plaintext
  ) {
    self.endpoint = endpoint
    self.pattern = pattern
    self.binds = binds
    self.topic = topic
    self.largestMessage = largestMessage
    self.highWaterMark = highWaterMark
    self.security = security
  }

  /// A socket that is bound or connected and waits up to `receiveTimeoutMs` in every call of `receive`.
  public func open(in context: Context, receiveTimeoutMs: Int = 50) throws(ZeroMQError) -> InputSocket {
    try InputSocket(self, in: context, receiveTimeoutMs: receiveTimeoutMs)
  }

  /// The same before it is bound or connected.
  func socket(in context: Context, receiveTimeoutMs: Int) throws(ZeroMQError) -> Socket {
    let socket = try Socket(pattern == .sub ? .sub : .pull, in: context)
    try socket.setReceiveHighWaterMark(highWaterMark)
    try socket.setLargestMessage(byteCount: largestMessage)
    try socket.setReceiveTimeout(milliseconds: receiveTimeoutMs)
    try socket.setLossDetection()
    // After it, for the time that a handshake may take.
    try socket.secure(security)
    if pattern == .sub { try socket.subscribe(to: topic) }
    return socket
  }
}
