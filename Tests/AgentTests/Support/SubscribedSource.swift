// SPDX-License-Identifier: GPL-3.0-or-later
import ZeroMQ

/// A publisher that knows whether anybody listens: what a plain one sends before that is gone, however long a test slept.
struct SubscribedSource: ~Copyable {
  let socket: Socket

  init(connectingTo endpoint: String, in context: Context) throws {
    socket = try Socket(.xpub, in: context)
    try socket.setVerboseSubscriptions()
    try socket.connect(endpoint)
    try waitForSubscriber()
  }

  init(bindingTo endpoint: String, in context: Context) throws {
    socket = try Socket(.xpub, in: context)
    try socket.setVerboseSubscriptions()
    try socket.bind(endpoint)
  }

  /// Until one more subscribes.
  func waitForSubscriber() throws {
    var message = Multipart()
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
      guard try socket.poll(.toReceive, milliseconds: 100) else { continue }
      if try socket.nextSubscriptionChange(using: &message)?.isSubscribing == true { return }
    }
    throw NobodySubscribes()
  }

  @discardableResult
  func send(_ parts: [[UInt8]]) throws -> Bool { try socket.send(parts) }

  struct NobodySubscribes: Error {}
}
