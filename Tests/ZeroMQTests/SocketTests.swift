// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Testing
import ZeroMQ

@Suite struct SocketTests {
  let context: Context
  init() throws { context = try Context() }

  func arrays(_ message: borrowing Multipart) -> [[UInt8]] { message.withParts { $0.map { [UInt8]($0) } } }

  /// Receives, waiting at most five seconds.
  func receive(_ socket: borrowing Socket, into message: inout Multipart) throws -> Socket.Reception {
    try socket.setReceiveTimeout(milliseconds: 5000)
    return try socket.receive(into: &message)
  }

  @Test(arguments: ["inproc://a", "tcp://127.0.0.1:*", "ipc://*"]) func partsArriveWhole(endpoint: String) throws {
    let pull = try Socket(.pull, in: context)
    try pull.bind(endpoint)
    let push = try Socket(.push, in: context)
    try push.connect(try pull.lastEndpoint())
    var message = Multipart()
    for size in [0, 1, 5000, 3_000_000] {
      let parts: [[UInt8]] = [Array("topic".utf8), [], [UInt8](repeating: 7, count: size)]
      #expect(try push.send(parts))
      #expect(try receive(pull, into: &message) == .message)
      #expect(arrays(message) == parts)
      #expect(message.byteCount == 5 + size && message.count == 3)
    }
    message.removeAll()
    #expect(message.count == 0 && message.byteCount == 0)
  }

  @Test func subscriptionsFilterByTopic() throws {
    let publisher = try Socket(.xpub, in: context)
    try publisher.setVerboseSubscriptions()
    try publisher.bind("tcp://127.0.0.1:*")
    let subscriber = try Socket(.sub, in: context)
    try subscriber.subscribe(to: "overlay")
    try subscriber.connect(try publisher.lastEndpoint())
    #expect(try publisher.poll(.toReceive, milliseconds: 5000))
    var message = Multipart()
    #expect(try publisher.nextSubscriberMessage(using: &message) == .subscribes(topic: "overlay"))
    #expect(try publisher.nextSubscriberMessage(using: &message) == nil)
    try publisher.send([Array("status".utf8)])
    try publisher.send([Array("overlay.end".utf8)])
    #expect(try receive(subscriber, into: &message) == .message)
    #expect(arrays(message) == [Array("overlay.end".utf8)])
  }

  @Test func aBusyPortNamesTheEndpoint() throws {
    let first = try Socket(.pub, in: context)
    try first.bind("tcp://127.0.0.1:*")
    let endpoint = try first.lastEndpoint()
    let second = try Socket(.pub, in: context)
    #expect(throws: ZeroMQError.endpointInUse(endpoint)) { try second.bind(endpoint) }
    #expect(ZeroMQError.endpointInUse(endpoint).description.contains(endpoint))
  }

  @Test(arguments: ["", "nonsense", "http://127.0.0.1:80", "tcp://127.0.0.1"])
  func badEndpoints(_ endpoint: String) throws {
    let socket = try Socket(.pub, in: context)
    #expect { try socket.bind(endpoint) } throws: {
      guard case .invalidEndpoint(endpoint, _) = $0 as? ZeroMQError else { return false }
      return true
    }
  }

  @Test func receivingTimesOut() throws {
    let pull = try Socket(.pull, in: context)
    try pull.bind("inproc://quiet")
    try pull.setReceiveTimeout(milliseconds: 20)
    var message = Multipart()
    #expect(try pull.receive(into: &message) == .nothing)
    #expect(try pull.receive(into: &message, waits: false) == .nothing)
    #expect(try pull.poll(.toReceive, milliseconds: 1) == false)
  }

  @Test func sendingWithoutAPeerTimesOut() throws {
    let push = try Socket(.push, in: context)
    try push.setSendTimeout(milliseconds: 20)
    try push.bind("inproc://nobody")
    #expect(try push.send([[1], [2]]) == false)
    #expect(try push.send([[1], [2]], waits: false) == false)
  }

  @Test func tooManyPartsAreDroppedWhole() throws {
    let pull = try Socket(.pull, in: context)
    try pull.bind("inproc://many")
    let push = try Socket(.push, in: context)
    try push.connect("inproc://many")
    let most = Multipart.largestPartCount
    try push.send([[UInt8]](repeating: [1], count: most + 9))
    try push.send([[UInt8]](repeating: [2], count: most))
    var message = Multipart()
    #expect(try receive(pull, into: &message) == .tooManyParts(most + 9))
    #expect(message.count == 0)
    #expect(try receive(pull, into: &message) == .message)
    #expect(arrays(message) == [[UInt8]](repeating: [2], count: most))
  }

  /// The limit is libzmq's: the peer is cut off before the part is stored, and connects anew.
  @Test func largerPartsThanAllowedDoNotArrive() throws {
    let pull = try Socket(.pull, in: context)
    try pull.setLargestMessage(byteCount: 1000)
    try pull.bind("tcp://127.0.0.1:*")
    let push = try Socket(.push, in: context)
    try push.connect(try pull.lastEndpoint())
    try push.setSendTimeout(milliseconds: 100)
    try push.send([[UInt8](repeating: 1, count: 1001)])
    var message = Multipart()
    try pull.setReceiveTimeout(milliseconds: 50)
    var arrived = Socket.Reception.nothing
    for _ in 0..<100 where arrived == .nothing {
      try push.send([[UInt8](repeating: 2, count: 1000)])
      arrived = try pull.receive(into: &message)
    }
    #expect(arrived == .message)
    #expect(arrays(message) == [[UInt8](repeating: 2, count: 1000)])
  }
}
