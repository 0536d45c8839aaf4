// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import Testing
import ZeroMQ

@testable import Agent

/// The whole agent over real sockets.
@Suite("Agent service", .serialized)
struct ServiceTests {
  /// An agent that runs on a thread of its own until told to stop.
  final class RunningAgent: @unchecked Sendable {
    let input: String
    let output: String
    let service: AgentService
    private let stop = StopRequest()
    private let ended = DispatchSemaphore(value: 0)
    private(set) var failure: (any Error)?

    init(
      _ change: (inout AgentConfiguration) -> Void = { _ in }, prepare: (AgentService) -> Void = { _ in }
    ) throws {
      var configuration = AgentConfiguration()
      configuration.input.endpoint = "tcp://127.0.0.1:*"
      configuration.input.bind = true
      configuration.output.endpoint = "tcp://127.0.0.1:*"
      change(&configuration)
      service = try AgentService(model: try TestScan.model(), configuration: configuration)
      (input, output) = (service.inputEndpoint, service.outputEndpoint)
      prepare(service)
      Thread { [self] in
        do { try service.run(until: stop) } catch { failure = error }
        ended.signal()
      }.start()
    }

    func end() -> Bool {
      stop.request()
      return ended.wait(timeout: .now() + 5) == .success
    }
  }

  /// The next message of `topic` for which `isWanted` holds, within ten seconds.
  func next(
    _ topic: OverlayTopic, _ subscriber: inout OverlaySubscriber, where isWanted: (String) -> Bool = { _ in true }
  ) throws -> [[UInt8]] {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
      guard let message = try subscriber.next(), message.topic == topic else { continue }
      if isWanted(String(decoding: message.parts[1], as: UTF8.self)) { return message.parts }
    }
    throw Timeout(topic: topic)
  }

  struct Timeout: Error { var topic: OverlayTopic }

  func json(_ parts: [[UInt8]]) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(parts[1])) as? [String: Any])
  }

  @Test("frames in, overlays, previews, events, status and the end of the series out; a last status at the end")
  func wholeLife() throws {
    let agent = try RunningAgent { $0.output.statusIntervalS = 60 }
    let context = try Context()
    var subscriber = try OverlaySubscriber(agent.output, topics: OverlayTopic.allCases, context: context)
    // A status a minute, so this one answers the subscription.
    #expect(try json(try next(.status, &subscriber))["state"] as? String == "waiting")

    let source = try SubscribedSource.connecting(to: agent.input, in: context)
    try source.send(TestScan.parts(0))
    let first = try OverlayDecoder.decode(try next(.overlay, &subscriber))
    #expect(first.header.seq == 0 && first.header.frame == 0 && first.cells.count > 90)
    #expect(first.header.times.published >= first.header.times.inferred)
    let preview = try OverlayDecoder.decodePreview(try next(.preview, &subscriber))
    #expect((preview.width, preview.height, preview.frame) == (192, 176, 0))

    try source.send([Array("garbage".utf8)])
    let malformed = try json(try next(.event, &subscriber) { $0.contains("malformed") })
    #expect(malformed["kind"] as? String == "rejected")
    #expect(malformed["frame"] is NSNull)
    try source.send(TestScan.constant(1, value: 0))
    let zero = try json(try next(.event, &subscriber) { $0.contains("zero") })
    #expect(zero["frame"] as? Int == 1 && zero["series"] as? String == "s")

    try source.send(TestScan.parts(3, isLast: true))
    let second = try OverlayDecoder.decode(try next(.overlay, &subscriber))
    #expect(second.header.seq == 1 && second.header.run == first.header.run)
    #expect(second.header.input == OverlayInput(gap: 1, skipped: 0, rejected: 2))
    let end = try json(try next(.overlayEnd, &subscriber))
    #expect(end["cause"] as? String == "announced" && end["overlays"] as? Int == 2)

    #expect(agent.end())
    #expect(agent.failure == nil)
    let last = try json(try next(.status, &subscriber) { $0.contains("ended") })
    let input = try #require(last["input"] as? [String: Any])
    #expect(input["received"] as? Int == 4 && input["gap"] as? Int == 1)
    let rejected = try #require(input["rejected"] as? [String: Int])
    #expect(rejected["malformed"] == 1 && rejected["zero"] == 1)
    #expect(last["overlays"] as? Int == 2)
  }

  @Test("a flood of bad frames becomes one event with a count, and good frames still get through")
  func flood() throws {
    let agent = try RunningAgent {
      $0.output.eventIntervalS = 0.4
      $0.input.socket = .pull
    }
    let context = try Context()
    var subscriber = try OverlaySubscriber(agent.output, topics: [.event, .overlay, .status], context: context)
    _ = try next(.status, &subscriber)
    let source = try Socket(.push, in: context)
    try source.connect(agent.input)
    for number in 0..<200 { try source.send(TestScan.constant(number, value: 3)) }
    _ = try next(.event, &subscriber) { $0.contains("constant") }
    Thread.sleep(forTimeInterval: 0.6)
    try source.send(TestScan.constant(200, value: 3))
    let second = try json(try next(.event, &subscriber) { $0.contains("\"reason\":\"constant\"") })
    #expect(try #require(second["count"] as? Int) > 1)
    try source.send(TestScan.parts(201))
    let overlay = try OverlayDecoder.decode(try next(.overlay, &subscriber))
    // Every frame is accounted for: refused, skipped by the mailbox, or read.
    #expect(overlay.header.input.skipped + overlay.header.input.rejected == 201)
    #expect(overlay.header.input.gap == 0)
    #expect(agent.end())
  }

  @Test("a source that sends too large a part, or too many parts, is counted, told of and heard again")
  func oversized() throws {
    let context = try Context()
    let source = try SubscribedSource.binding(to: "tcp://127.0.0.1:*", in: context)
    let endpoint = try source.socket.lastEndpoint()
    let agent = try RunningAgent {
      ($0.input.endpoint, $0.input.bind, $0.input.maximumMessageBytes) = (endpoint, false, 100_000)
    }
    var subscriber = try OverlaySubscriber(agent.output, topics: [.event, .overlay, .status], context: context)
    _ = try next(.status, &subscriber)
    try source.waitForSubscriber()
    try source.send(TestScan.parts(0))
    _ = try next(.overlay, &subscriber)

    try source.send([[UInt8]](repeating: [1], count: 100))
    let parts = try json(try next(.event, &subscriber) { $0.contains("more than 64 parts") })
    #expect(parts["reason"] as? String == "malformed")
    try source.send([TestScan.parts(1)[0], [UInt8](repeating: 1, count: 100_001)])
    let cut = try json(try next(.event, &subscriber) { $0.contains("cut off") })
    #expect(cut["reason"] as? String == "oversized" && cut["frame"] is NSNull)

    // The agent has closed the connection, and comes back.
    try source.waitForSubscriber()
    try source.send(TestScan.parts(3))
    let overlay = try OverlayDecoder.decode(try next(.overlay, &subscriber))
    #expect(overlay.header.frame == 3 && overlay.header.input == OverlayInput(gap: 0, skipped: 0, rejected: 2))
    #expect(agent.end())
  }

  @Test("silence ends a series")
  func silence() throws {
    let agent = try RunningAgent { $0.input.silenceS = 0.3 }
    let context = try Context()
    var subscriber = try OverlaySubscriber(agent.output, topics: [.overlayEnd, .status], context: context)
    _ = try next(.status, &subscriber)
    let source = try SubscribedSource.connecting(to: agent.input, in: context)
    try source.send(TestScan.parts(0))
    let end = try json(try next(.overlayEnd, &subscriber))
    #expect(end["cause"] as? String == "silence" && end["overlays"] as? Int == 1)
    #expect(agent.end())
  }

  @Test("messages that are no frames keep no series alive")
  func silenceAmongJunk() throws {
    let agent = try RunningAgent {
      $0.input.silenceS = 0.5
      $0.input.socket = .pull
    }
    let context = try Context()
    var subscriber = try OverlaySubscriber(agent.output, topics: [.overlay, .overlayEnd, .status], context: context)
    _ = try next(.status, &subscriber)
    let source = try Socket(.push, in: context)
    try source.connect(agent.input)
    try source.send(TestScan.parts(0))
    _ = try next(.overlay, &subscriber)
    let stop = StopRequest()
    let ended = DispatchSemaphore(value: 0)
    let junk = UncheckedSource(socket: source)
    Thread {
      // A hundred a second, for as long as a patient test waits.
      for _ in 0..<1000 where !stop.isRequested {
        _ = try? junk.socket.send([Array("garbage".utf8)])
        usleep(10_000)
      }
      ended.signal()
    }.start()
    let end = try json(try next(.overlayEnd, &subscriber))
    stop.request()
    #expect(end["cause"] as? String == "silence")
    #expect(ended.wait(timeout: .now() + 5) == .success && agent.end())
  }

  /// Used by one thread at a time.
  private final class UncheckedSource: @unchecked Sendable {
    let socket: Socket
    init(socket: consuming Socket) { self.socket = socket }
  }

  @Test(
    "whoever subscribes or sends without end is cut off, keeps nobody waiting and takes no memory",
    arguments: FloodingSubscriber.Flood.allCases)
  func subscriptionFlood(_ kind: FloodingSubscriber.Flood) throws {
    let told = DispatchSemaphore(value: 0)
    let agent = try RunningAgent {
      $0.input.socket = .pull
      $0.output.statusIntervalS = 0.1
    } prepare: {
      $0.log = { if $0.kind == .subscriptionFlood { told.signal() } }
    }
    let flood = FloodingSubscriber(agent.output, kind)
    #expect(told.wait(timeout: .now() + 20) == .success)
    // It comes back, and is cut off again.
    #expect(told.wait(timeout: .now() + 20) == .success && flood.connectionCount > 1)
    flood.stop()
    let context = try Context()
    var subscriber = try OverlaySubscriber(agent.output, topics: [.overlay, .status], context: context)
    _ = try next(.status, &subscriber)
    let source = try Socket(.push, in: context)
    try source.connect(agent.input)
    try source.send(TestScan.parts(0))
    #expect(try OverlayDecoder.decode(try next(.overlay, &subscriber)).header.frame == 0)
    #expect(agent.end())
  }

  @Test("a busy port is an error before anything runs")
  func busyPort() throws {
    let agent = try RunningAgent()
    #expect(throws: ZeroMQError.endpointInUse(agent.output)) {
      _ = try RunningAgent { $0.output.endpoint = agent.output }
    }
    #expect(agent.end())
  }
}
