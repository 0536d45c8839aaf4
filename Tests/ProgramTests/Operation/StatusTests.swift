// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import Foundation
import FrameIO
import GlazerCore
import TestSupport
import Testing
import ZeroMQ

@testable import glazer

@Suite("status", .serialized)
struct StatusTests {
  private static var status: AgentStatus {
    var status = AgentStatus(
      agent: "glazer-agent/0.1.0", run: "r", timeNs: 1, uptimeS: 90_061, state: .locked,
      model: OverlayModel(name: "m", sha256: "0123456789abcdef"))
    (status.source, status.series, status.frame) = ("abf", "7", 12)
    (status.received, status.overlays, status.skipped, status.gap) = (20, 12, 3, 4)
    status.rejected[RejectionReason.allCases.firstIndex(of: .noLattice)!] = 5
    (status.cells, status.framesPerS) = (928, 15.25)
    status.latencyMs = AgentStatus.LatencyMs(p50: 62, p95: 70.25, p99: 81)
    status.stageMs = AgentStatus.StageMs(queued: 0.5, registration: 3.5, inference: 58, publication: 0.25)
    status.lattice = AgentStatus.LatticeState(driftPx: Vector2(0.5, -0.25), residualPx: 0.125)
    status.outputLink.isEncrypted = true
    status.outputLink.connections = AccessList.Counts()
    status.outputLink.connections?.unknownKeys = 2
    return status
  }

  private static func json(_ status: AgentStatus) -> [UInt8] {
    var writer = JSONWriter()
    writer.write(status)
    return writer.bytes
  }

  @Test("a status comes back from its JSON as it was, with and without what may be missing")
  func roundTrip() throws {
    let bare = AgentStatus(
      agent: "a", run: "r", timeNs: 1, uptimeS: 2, state: .waiting, model: OverlayModel(name: "", sha256: ""))
    for status in [Self.status, bare] {
      #expect(try OverlayDecoder.decodeStatus(json: Self.json(status)) == status)
    }
    for text in ["", "{}", "[]", "{\"htype\":\"agent-event-1.0\"}"] {
      #expect(throws: OverlayError.self) { try OverlayDecoder.decodeStatus(json: Array(text.utf8)) }
    }
    #expect(throws: OverlayError.self) {
      try OverlayDecoder.decodeStatus(
        json: Array(String(decoding: Self.json(bare), as: UTF8.self).replacing("waiting", with: "dancing").utf8))
    }
  }

  @Test("one screen says what an operator asks")
  func screen() {
    var screen = StatusScreen(place: "tcp://x")
    #expect(screen.text == "tcp://x: no status yet; is the agent running?\n")
    screen.status = Self.status
    screen.event = ReceivedEvent(
      AgentEvent(kind: .rejected, reason: .noLattice, message: "no peaks", frame: 11, count: 3))
    screen.eventAgeS = 2.5
    #expect(
      screen.text == """
        glazer-agent/0.1.0  up 1 d 1 h  at tcp://x
        lattice   locked  drift +0.50 -0.25 px, residual 0.12 px
        stream    abf, series 7, frame 12  15.2 frames/s, 928 cells
        latency   62.0 ms median, 70.2 ms p95, 81.0 ms p99, received to published
        stages    queued 0.5, registration 3.5, inference 58.0, publication 0.2 ms mean
        input     received 20, published 12, skipped 3, rejected 5; never arrived 4
        rejected  no_lattice 5
        links     input in plain text; output CURVE, 0 accepted, 2 refused
        model     m  0123456789ab
        event     2 s ago: frame 11: no peaks (3 times)

        """)
    screen.status?.series = "7\u{1B}[2J\r\nforged"
    screen.event?.message = "x\r\n\u{1B}y"
    #expect(screen.text.contains("stream    abf, series 7 [2J  forged, frame 12 "))
    #expect(screen.text.contains("event     2 s ago: frame 11: x   y (3 times)\n"))
    #expect(screen.text.utf8.allSatisfy { $0 >= 0x20 || $0 == 10 })
    #expect(screen.status?.line.contains("frame 12 of abf 7 [2J  forged, ") == true)
    screen.ageS = 12
    #expect(screen.text.contains("\nNo status for 12 s: what follows is old.\n"))
  }

  @Test(
    "--once shows one status as text or JSON; without an agent it gives up with 69; SIGTERM ends the live one with 0")
  func program() throws {
    let socket = try Socket(.pub, in: try Context())
    try socket.bind("tcp://127.0.0.1:*")
    let endpoint = try socket.lastEndpoint()
    let silent = try Program.run("glazer", "status", "--connect", endpoint, "--once", "--timeout", "0.3")
    #expect(silent.code == 69 && silent.errors == "glazer: \(endpoint): no status for 0.3 s; is the agent running?\n")
    for endless in ["inf", "1e30", "nan", "0"] {
      let refused = try Program.run("glazer", "status", "--connect", endpoint, "--once", "--timeout", endless)
      #expect(refused.code == 64 && refused.errors.contains("at most 1e9 seconds"), "\(refused.errors)")
    }
    let noMonitor = try Program.run("glazer", "status", "--http", "127.0.0.1:1", "--once", "--timeout", "0.3")
    #expect(noMonitor.code == 69)
    #expect(try Program.run("glazer", "status", "--http", "10.0.0.1:9464").code == 64)

    let parts = [Array("status".utf8), Self.json(Self.status)]
    for (option, expected) in [("--once", "lattice   locked"), ("--json", "{\"htype\":\"agent-status-1.0\"")] {
      let status = try Program("glazer", ["status", "--connect", endpoint, "--once", option, "--timeout", "20"])
      _ = status.waits { _ in
        _ = try? socket.send(parts)
        return false
      }
      let result = status.result()
      #expect(result.code == 0 && result.output.contains(expected), "\(result.errors)")
    }
    let live = try Program("glazer", ["status", "--connect", endpoint])
    #expect(
      live.waits {
        _ = try? socket.send(parts)
        return $0.outputSoFar.contains("locked: frame 12 of abf 7, 928 cells; 15.3 frames/s")
      })
    live.terminate()
    #expect(live.result().code == 0)
  }

  @Test("a message that cannot be read is said once and passed over")
  func damaged() throws {
    let socket = try Socket(.pub, in: try Context())
    try socket.bind("tcp://127.0.0.1:*")
    let live = try Program("glazer", ["status", "--connect", try socket.lastEndpoint()])
    let foreign = [Array("status".utf8), Array("{\"htype\":\"other-1.0\"}".utf8)]
    #expect(
      live.waits {
        _ = try? socket.send(foreign)
        return $0.errorsSoFar.contains("a message was passed over: ")
      })
    let sound = [Array("status".utf8), Self.json(Self.status)]
    #expect(
      live.waits {
        _ = try? socket.send(foreign)
        _ = try? socket.send(sound)
        return $0.outputSoFar.contains("locked: frame 12 of abf 7, 928 cells")
      })
    live.terminate()
    let result = live.result()
    #expect(result.code == 0 && result.errors.split(separator: "\n").count == 1, "\(result.errors)")
  }

  @Test("an agent that wants keys is not called silent")
  func refused() throws {
    let socket = try Socket(.pub, in: try Context())
    try socket.secure(.server(try CurveKeyPair.generate(), admits: AccessList([])))
    try socket.bind("tcp://127.0.0.1:*")
    let result = try Program.run(
      "glazer", "status", "--connect", try socket.lastEndpoint(), "--once", "--timeout", "3")
    #expect(result.code == 69 && result.errors.contains("no connection: it wants CURVE"), "\(result.errors)")
  }

  @Test("SIGTERM and SIGINT end the live page with code 0")
  func viewEnds() throws {
    for end in [SIGTERM, SIGINT] {
      let view = try Program(
        "glazer", ["view", "--connect", "tcp://127.0.0.1:1", "--http", "127.0.0.1:\(try freePort())"])
      #expect(view.waits { $0.errorsSoFar.contains("live page at") }, "\(view.errorsSoFar)")
      view.send(end)
      #expect(view.result().code == 0)
    }
  }
}
