// SPDX-License-Identifier: GPL-3.0-or-later
import CAllocationCounter
import FrameIO
import TestSupport
import Testing

@testable import Agent
@testable import ZeroMQ

@Suite("Report of strangers")
struct StrangerReportTests {
  private let folder: TemporaryDirectory
  private let (friend, stranger): (CurveKeyPair, CurveKeyPair)
  private let security: AgentSecurity
  private let input: AccessList
  private let output: AccessList

  init() throws {
    folder = try TemporaryDirectory()
    (friend, stranger) = (try .generate(), try .generate())
    _ = try CurveKeyPair.generate().write(name: "agent", to: folder.file("keys"), replaces: false)
    _ = try friend.write(name: "friend", to: folder.file("clients"), replaces: false)
    var configuration = AgentConfiguration()
    (configuration.input.endpoint, configuration.input.bind) = ("tcp://127.0.0.1:*", true)
    configuration.security.secretKey = folder.file("keys/agent.key_secret")
    configuration.security.outputClients = folder.file("clients")
    configuration.security.inputClients = folder.file("clients")
    security = try AgentSecurity(configuration)
    input = try #require(security.input.accessList)
    output = try #require(security.output.accessList)
  }

  @Test("each link tells of its strangers once, and at a limited rate; friends are no news")
  func events() throws {
    var report = StrangerReport(security, intervalS: 10)
    func told(atS s: UInt64) -> [AgentEvent] { report.events(atNs: s * 1_000_000_000) }
    #expect(output.admits(friend.publicKey, from: "10.0.0.2"))
    #expect(told(atS: 1).isEmpty && output.refusedCount == 0)
    for address in ["10.0.0.8", "10.0.0.9"] { #expect(!output.admits(stranger.publicKey, from: address)) }
    output.handshakeFailed()
    #expect(output.refusedCount == 3 && output.counts.refused == 3 && input.refusedCount == 0)
    let first = told(atS: 2)
    #expect(first.count == 1 && first.first?.kind == .strangerRefused && first.first?.count == 3)
    let message = try #require(first.first?.message)
    #expect(message.hasPrefix("output: connection refused: 2 with a key that is not on the list, "))
    #expect(message.contains(", the last from 10.0.0.9 with key \(stranger.publicKey), "))
    #expect(message.hasSuffix(", 1 without a handshake, since the start"))
    #expect(told(atS: 20).isEmpty)
    // Nobody was told of at 20 s, so that the next is at once.
    input.handshakeFailed()
    #expect(told(atS: 21).map(\.count) == [1])
    input.handshakeFailed()
    output.handshakeFailed()
    #expect(told(atS: 30).isEmpty)
    input.handshakeFailed()
    #expect(told(atS: 31).map(\.count) == [2, 1])
    #expect(told(atS: 60).isEmpty)
  }

  @Test("turns of the loop in which nothing is told allocate nothing, whether there is news or not")
  func allocations() {
    var report = StrangerReport(security, intervalS: 10)
    var count = 0
    for isThereNews in [false, true] {
      // Told at once, which begins the interval; what comes after it has to wait.
      _ = output.admits(stranger.publicKey, from: "10.0.0.9")
      count += report.events(atNs: isThereNews ? 40_000_000_000 : 20_000_000_000).count
      if isThereNews { _ = output.admits(stranger.publicKey, from: "10.0.0.9") }
      glazer_allocations_begin()
      var more = 0
      for turn in 0..<100 { more += report.events(atNs: 41_000_000_000 + UInt64(turn)).count }
      let allocations = glazer_allocations_end()
      #expect(more == 0 && allocations <= 0, "news: \(isThereNews)")
    }
    #expect(count == 2)
  }
}
