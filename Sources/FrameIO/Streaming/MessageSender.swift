// SPDX-License-Identifier: GPL-3.0-or-later
import ZeroMQ

/// The sending end of a stream: a bound XPUB or PUSH socket.
public struct MessageSender: ~Copyable {
  /// The endpoint in use, a wildcard port resolved.
  public let endpoint: String
  private let socket: Socket
  private var scratch = Multipart()
  private var subscriptions = 0

  public init(_ output: OutputEndpoint, context: Context) throws(ZeroMQError) {
    let socket = try Socket(output.pattern == .publish ? .xpub : .push, in: context)
    try socket.setSendHighWaterMark(output.highWaterMark)
    try socket.setLinger(milliseconds: output.lingerMs)
    try socket.setSendTimeout(milliseconds: 50)
    if output.pattern == .publish { try socket.setVerboseSubscriptions() }
    try socket.secure(output.security)
    try socket.bind(output.endpoint)
    endpoint = try socket.lastEndpoint()
    self.socket = socket
  }

  /// Waits until so many subscriptions are there (PUSH: until somebody pulls); not at all for 0. False when it was stopped.
  public mutating func waitForSubscribers(_ count: Int, shouldStop: () -> Bool) throws(ZeroMQError) -> Bool {
    guard count > 0 else { return true }
    while !shouldStop() {
      if socket.kind == .push {
        if try socket.poll(.toSend, milliseconds: 50) { return true }
      } else {
        try countSubscriptions()
        if subscriptions >= count { return true }
        _ = try socket.poll(.toReceive, milliseconds: 50)
      }
    }
    return false
  }

  /// Sends a message; PUSH waits for room. False when it was stopped meanwhile.
  public mutating func send(
    _ parts: UnsafeBufferPointer<UnsafeRawBufferPointer>, shouldStop: () -> Bool
  ) throws(ZeroMQError) -> Bool {
    // Subscriptions queue up in the socket when nobody takes them.
    if socket.kind == .xpub { try countSubscriptions() }
    while !(try socket.send(parts: parts)) {
      if shouldStop() { return false }
    }
    return true
  }

  /// For parts that are arrays.
  public mutating func send(_ first: [UInt8], _ second: [UInt8]? = nil, shouldStop: () -> Bool) throws(ZeroMQError)
    -> Bool
  {
    // One typed-throws closure a buffer: lends both arrays without copying them.
    try first.withUnsafeBufferPointer { (first) throws(ZeroMQError) -> Bool in
      try (second ?? []).withUnsafeBufferPointer { (pixels) throws(ZeroMQError) -> Bool in
        let parts = [UnsafeRawBufferPointer(first)] + (second == nil ? [] : [UnsafeRawBufferPointer(pixels)])
        return try parts.withUnsafeBufferPointer { (parts) throws(ZeroMQError) -> Bool in
          try send(parts, shouldStop: shouldStop)
        }
      }
    }
  }

  /// As many as there are, or as may be taken between two messages: whoever sends without end is not to keep the others waiting.
  private mutating func countSubscriptions() throws(ZeroMQError) {
    for _ in 0..<Self.mostMessages {
      switch try socket.nextSubscriberMessage(using: &scratch) {
      case .subscribes: subscriptions += 1
      case .cancels: subscriptions = max(0, subscriptions - 1)
      case .foreign: break
      case nil: return
      }
    }
  }

  private static let mostMessages = 1024
}
