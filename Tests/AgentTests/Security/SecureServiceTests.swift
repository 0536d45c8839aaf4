// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import TestSupport
import Testing

@testable import Agent
@testable import ZeroMQ

/// The whole agent with CURVE on both links, over real sockets.
@Suite("Strangers at the agent", .serialized)
struct SecureServiceTests {
  private let service = ServiceTests()
  private let folder: TemporaryDirectory
  private let (agent, friend, stranger): (CurveKeyPair, CurveKeyPair, CurveKeyPair)

  init() throws {
    folder = try TemporaryDirectory()
    (agent, friend, stranger) = (try .generate(), try .generate(), try .generate())
    _ = try agent.write(name: "agent", to: folder.file("keys"), replaces: false)
    _ = try friend.write(name: "friend", to: folder.file("clients"), replaces: false)
  }

  private func start() throws -> ServiceTests.RunningAgent {
    try ServiceTests.RunningAgent {
      $0.input.socket = .pull
      $0.output.statusIntervalS = 0.1
      $0.output.eventIntervalS = 0.1
      $0.security.secretKey = folder.file("keys/agent.key_secret")
      $0.security.outputClients = folder.file("clients")
      $0.security.inputClients = folder.file("clients/friend.key")
    }
  }

  private func client(_ pair: CurveKeyPair) -> LinkSecurity { .client(pair, server: agent.publicKey) }

  private func source(_ security: LinkSecurity, _ endpoint: String) throws -> Socket {
    let socket = try Socket(.push, in: try Context())
    try socket.secure(security)
    try socket.connect(endpoint)
    return socket
  }

  @Test("a friend sends and receives; strangers with another key and with none do neither, and are counted and told")
  func bothLinks() throws {
    let agent = try start()
    let context = try Context()
    var good = try OverlaySubscriber(
      agent.output, topics: OverlayTopic.allCases, context: context, timeoutMs: 20, security: client(friend))
    var bad = try OverlaySubscriber(
      agent.output, topics: OverlayTopic.allCases, context: context, timeoutMs: 20, security: client(stranger))
    var plain = try OverlaySubscriber(
      agent.output, topics: OverlayTopic.allCases, context: context, timeoutMs: 20)
    let badSource = try source(client(stranger), agent.input)
    let plainSource = try source(.plaintext, agent.input)
    // Frames 1 and 2 must never be seen.
    try badSource.send(TestScan.parts(1), waits: false)
    try plainSource.send(TestScan.parts(2), waits: false)
    let event = try service.json(try service.next(.event, &good) { $0.contains("stranger_refused") })
    #expect((event["message"] as? String)?.contains("connection refused") == true)

    let goodSource = try source(client(friend), agent.input)
    try goodSource.send(TestScan.parts(0))
    let overlay = try OverlayDecoder.decode(try service.next(.overlay, &good))
    #expect(overlay.header.frame == 0 && overlay.cells.count > 90)
    let status = try service.json(
      try service.next(.status, &good) { text in
        // Both kinds of strangers have knocked at both doors.
        !text.contains("\"unknown_keys\":0") && !text.contains("\"keyless\":0")
      })
    let security = try #require(status["security"] as? [String: [String: Any]])
    for (link, accepted) in [("input", 1), ("output", 1)] {
      let counts = try #require(security[link])
      #expect(counts["curve"] as? Bool == true && counts["accepted"] as? Int == accepted)
      #expect(
        counts["refused"] as? Int == (counts["unknown_keys"] as? Int ?? 0) + (counts["keyless"] as? Int ?? 0))
      #expect(counts["last_refused_key"] as? String == stranger.publicKey.description)
      #expect(counts["last_refused_address"] as? String == "127.0.0.1")
    }
    // One frame came in: the friend's.
    #expect((status["input"] as? [String: Any])?["received"] as? Int == 1)
    // A second and more has gone by with overlays, statuses and events for the strangers to hear.
    for _ in 0..<25 {
      #expect(try bad.next() == nil)
      #expect(try plain.next() == nil)
    }
    #expect(bad.failedHandshakes > 0 && plain.failedHandshakes > 0 && good.failedHandshakes == 0)
    let page = try #require(agent.service.board.metrics)
    #expect(page.inputLink.connections?.accepted == 1 && page.outputLink.connections?.refused ?? 0 > 0)
    #expect(agent.end() && agent.failure == nil)
    _ = (badSource.kind, plainSource.kind)
  }

  @Test("a reload lets a new client in, who has knocked all the while; a bad list changes nothing") func reload() throws
  {
    let agent = try start()
    var late = try OverlaySubscriber(
      agent.output, topics: [.status], context: try Context(), timeoutMs: 20, security: client(stranger))
    for _ in 0..<20 { #expect(try late.next() == nil) }
    let bad = folder.file("clients/bad.key")
    try "public-key = \"no\"".write(toFile: bad, atomically: false, encoding: .utf8)
    #expect(
      throws: SecurityError.key(.damaged(path: bad, line: 1, name: "public-key"), setting: "security.output_clients")
    ) {
      _ = try agent.service.security.readLists()
    }
    try FileManager.default.removeItem(atPath: bad)
    _ = try stranger.write(name: "late", to: folder.file("clients"), replaces: false)
    let replacement = try Replacement(
      model: try TestScan.model(), configuration: agent.service.configuration,
      access: try agent.service.security.readLists())
    agent.service.reloads.put(.ready(replacement))
    _ = try service.next(.status, &late)
    #expect(agent.end())
  }

  @Test("who is taken off the lists and is connected hears and sends nothing more") func removal() throws {
    _ = try stranger.write(name: "stays", to: folder.file("clients"), replaces: false)
    let agent = try start()
    let topics = [OverlayTopic.overlay, .status]
    var removed = try OverlaySubscriber(
      agent.output, topics: topics, context: try Context(), timeoutMs: 20, security: client(friend))
    var stays = try OverlaySubscriber(
      agent.output, topics: topics, context: try Context(), timeoutMs: 20, security: client(stranger))
    // Who has heard a status is subscribed.
    _ = try service.next(.status, &removed)
    _ = try service.next(.status, &stays)
    let source = try source(client(friend), agent.input)
    try source.send(TestScan.parts(0))
    _ = try service.next(.overlay, &removed)
    _ = try service.next(.overlay, &stays)

    try FileManager.default.removeItem(atPath: folder.file("clients/friend.key"))
    try FileManager.default.copyItem(
      atPath: folder.file("clients/stays.key"), toPath: folder.file("clients/friend.key"))
    let replacement = try Replacement(
      model: try TestScan.model(), configuration: agent.service.configuration,
      access: try agent.service.security.readLists())
    agent.service.reloads.put(.ready(replacement))
    // Statuses come ten times a second; what was on its way is done after this.
    Thread.sleep(forTimeInterval: 0.5)
    while try removed.next() != nil {}
    try source.send(TestScan.parts(1), waits: false)
    for _ in 0..<25 { #expect(try removed.next() == nil) }
    while try stays.next() != nil {}
    let status = try service.json(try service.next(.status, &stays))
    #expect((status["input"] as? [String: Any])?["received"] as? Int == 1)
    #expect(agent.end() && agent.failure == nil)
  }

  @Test("an agent that connects tells of a publisher with other keys, or none, and takes nothing from them")
  func publishers() throws {
    _ = try stranger.write(name: "publisher", to: folder.file("known"), replaces: false)
    for impostor in [LinkSecurity.server(friend, admits: AccessList([agent.publicKey])), .plaintext] {
      let sender = try Socket(.pub, in: try Context())
      try sender.secure(impostor)
      try sender.bind("tcp://127.0.0.1:*")
      let endpoint = try sender.lastEndpoint()
      let running = try ServiceTests.RunningAgent {
        ($0.input.endpoint, $0.input.bind) = (endpoint, false)
        $0.output.statusIntervalS = 0.1
        $0.security.secretKey = folder.file("keys/agent.key_secret")
        $0.security.inputServerKey = folder.file("known/publisher.key")
      }
      var subscriber = try OverlaySubscriber(running.output, topics: [.event, .status], context: try Context())
      let event = try service.json(try service.next(.event, &subscriber) { $0.contains("handshake_failed") })
      #expect((event["message"] as? String)?.contains("security.input_server_key") == true)
      for number in 0..<20 {
        try sender.send(TestScan.parts(number))
        Thread.sleep(forTimeInterval: 0.02)
      }
      let status = try service.json(try service.next(.status, &subscriber))
      let input = try #require(status["input"] as? [String: Any])
      #expect(input["received"] as? Int == 0 && status["overlays"] as? Int == 0)
      // A failed handshake is no message that was too large.
      #expect((input["rejected"] as? [String: Int])?["oversized"] == 0)
      #expect(running.end())
    }
  }

  @Test("what is half configured, or open to everybody, is refused") func halves() throws {
    let secret = folder.file("keys/agent.key_secret")
    func refusal(_ change: (inout AgentConfiguration) -> Void) -> SecurityError? {
      var configuration = AgentConfiguration()
      change(&configuration)
      do throws(SecurityError) {
        _ = try AgentSecurity(configuration)
        return nil
      } catch { return error }
    }
    #expect(refusal { _ in } == nil)
    for endpoint in ["tcp://*:5556", "tcp://0.0.0.0:5556", "tcp://10.0.0.1:5556", "tcp://eth0:5556"] {
      let open = refusal { $0.output.endpoint = endpoint }
      guard case .exposed(endpoint, "output.endpoint", _, _) = open else {
        Issue.record("\(endpoint): \(String(describing: open))")
        continue
      }
      #expect(open?.category == .configuration)
      #expect(refusal { ($0.output.endpoint, $0.security.allowPlaintext) = (endpoint, true) } == nil)
      #expect(refusal { ($0.input.endpoint, $0.input.bind) = (endpoint, true) } != nil)
      // It connects: nobody reaches it.
      #expect(refusal { $0.input.endpoint = endpoint } == nil)
      #expect(
        refusal {
          ($0.output.endpoint, $0.security.secretKey) = (endpoint, secret)
          $0.security.outputClients = folder.file("clients")
        } == nil)
    }
    #expect(refusal { $0.security.outputClients = folder.file("clients") }?.category == .configuration)
    #expect(refusal { $0.security.secretKey = secret }?.category == .configuration)
    #expect(
      refusal {
        $0.security.secretKey = secret
        $0.security.inputClients = folder.file("clients")
      }?.description.contains("input.bind") == true)
    #expect(
      refusal {
        $0.security.secretKey = secret
        $0.security.outputClients = folder.file("none")
      }?.category == .noInput)
    chmod(secret, 0o644)
    #expect(
      refusal {
        $0.security.secretKey = secret
        $0.security.outputClients = folder.file("clients")
      } == .key(.readableByOthers(path: secret, mode: 0o644), setting: "security.secret_key"))
  }
}
