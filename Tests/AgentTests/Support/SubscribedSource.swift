// SPDX-License-Identifier: GPL-3.0-or-later
import ZeroMQ

/// A publisher that knows whether anybody listens: what a plain one sends before that is gone, however long a test slept.
struct SubscribedSource: ~Copyable {
  let socket: Socket

  private init(_ socket: consuming Socket) { self.socket = socket }

  static func connecting(to endpoint: String, in context: Context) throws -> SubscribedSource {
    let socket = try Socket(.xpub, in: context)
    try socket.setVerboseSubscriptions()
    try socket.connect(endpoint)
    let source = SubscribedSource(socket)
    try source.waitForSubscriber()
    return source
  }

  /// `waitForSubscriber` when there can be one.
  static func binding(to endpoint: String, in context: Context) throws -> SubscribedSource {
    let socket = try Socket(.xpub, in: context)
    try socket.setVerboseSubscriptions()
    try socket.bind(endpoint)
    return SubscribedSource(socket)
  }

  /// Until one more subscribes.
  func waitForSubscriber() throws {
    var message = Multipart()
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
      guard try socket.poll(.toReceive, milliseconds: 100) else { continue }
      if case .subscribes = try socket.nextSubscriberMessage(using: &message) { return }
    }
    throw NobodySubscribes()
  }

  @discardableResult
  func send(_ parts: [[UInt8]]) throws -> Bool { try socket.send(parts) }

  struct NobodySubscribes: Error {}
}
