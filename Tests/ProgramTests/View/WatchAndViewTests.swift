// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import TestSupport
import Testing
import ZeroMQ

@testable import glazer

@Suite("watch and view", .serialized)
struct WatchAndViewTests {
  private static func overlay(_ frame: Int64) -> Overlay {
    var times = OverlayTimes()
    (times.received, times.published) = (1_000_000_000, 1_012_500_000)
    let header = OverlayHeader(
      agent: "test", run: "r", seq: UInt64(frame), source: "abf", series: nil, frame: frame,
      image: OverlayImage(width: 64, height: 48, pixelSizeNm: nil, pixelSizeFrom: nil),
      lattice: OverlayLattice(
        locked: true, lattice: Lattice(origin: .zero, a: Vector2(14, 0), b: Vector2(0, 20)), residualPx: 0.1,
        driftPx: .zero),
      model: OverlayModel(name: "m", sha256: ""), times: times, input: OverlayInput())
    var cells = CellTable()
    for (q, rho) in [(2, 5), (-4, 6), (.nan, .nan)] as [(Float, Float)] {
      var row = CellRow(i: 0, j: 0)
      (row.q, row.rho) = (q, rho)
      cells.append(row)
    }
    return Overlay(header: header, cells: cells)
  }

  private static func parts(_ overlay: Overlay) -> [[UInt8]] {
    var encoder = OverlayEncoder()
    return overlay.cells.withMessage(topic: .overlay, header: encoder.encode(overlay.header, cells: overlay.cells)) {
      $0.map(Array.init)
    }
  }

  private static func preview(_ frame: Int64) -> [[UInt8]] {
    var preview = Preview()
    preview.take(
      Frame(header: FrameHeader(source: "abf", frame: frame), image: Image(width: 64, height: 48, fill: 1)),
      maximumSide: 64)
    var writer = JSONWriter()
    writer.write(preview, timeNs: 0)
    return [Array("preview".utf8), writer.bytes, preview.pixels]
  }

  @Test("one line says what a person wants to know of an overlay")
  func line() {
    #expect(
      WatchCommand.line(Self.overlay(7))
        == "frame 7  cells 3  lattice locked  mean |q| 3.00 deg  median rho 6.00 deg  latency 12.5 ms")
  }

  private static func event(_ event: AgentEvent, as kind: String) -> [[UInt8]] {
    var writer = JSONWriter()
    writer.write(event, agent: "test", run: "r", timeNs: 0)
    let text = String(decoding: writer.bytes, as: UTF8.self)
      .replacingOccurrences(of: "\"\(event.kind.rawValue)\"", with: "\"\(kind)\"")
    return [Array("event".utf8), Array(text.utf8)]
  }

  @Test("an event is one line; a kind that this version does not know stands in it")
  func eventLine() throws {
    let event = AgentEvent(kind: .latticeLost, message: "it\r\nwent", frame: 3, count: 2)
    #expect(WatchCommand.line(ReceivedEvent(event)) == "frame 3: it  went (2 times)")
    let newer = try OverlayDecoder.decodeEvent(Self.event(event, as: "applauded\u{9B}2J"))
    #expect(WatchCommand.line(newer) == "frame 3: applauded 2J: it  went (2 times)")
  }

  @Test("watch goes on after events of new kinds, which it prints, and after damaged messages, which it tells of once")
  func watchGoesOn() throws {
    let socket = try Socket(.pub, in: try Context())
    try socket.bind("tcp://127.0.0.1:*")
    let newer = Self.event(AgentEvent(kind: .rejected, message: "hands clap"), as: "applauded")
    let damaged: [[[UInt8]]] = [
      [Array("event".utf8), Array("{\"htype\":".utf8)], [Array("event".utf8)],
      Array(Self.parts(Self.overlay(1)).dropLast()),
    ]
    let watch = try Program(
      "glazer", ["watch", "--connect", try socket.lastEndpoint(), "--frames", "3", "--timeout", "20"])
    var frame: Int64 = 0
    _ = watch.waits { _ in
      for message in damaged + [newer, Self.parts(Self.overlay(frame))] { _ = try? socket.send(message) }
      frame += 1
      return false
    }
    let result = watch.result()
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.output.split(separator: "\n").count == 3)
    let lines = result.errors.split(separator: "\n")
    #expect(lines.count { $0 == "applauded: hands clap" } >= 2, "\(result.errors)")
    #expect(lines.count { $0.hasPrefix("a message was passed over: overlay ") } == 1, "\(result.errors)")
  }

  @Test("watch prints so many lines and ends with 0; without overlays it gives up with 69")
  func watch() throws {
    let socket = try Socket(.pub, in: try Context())
    try socket.bind("tcp://127.0.0.1:*")
    let endpoint = try socket.lastEndpoint()
    let silent = try Program("glazer", ["watch", "--connect", endpoint, "--frames", "2", "--timeout", "0.3"]).result()
    let endless = try Program("glazer", ["watch", "--connect", endpoint, "--timeout", "inf"]).result()
    #expect(endless.code == 64 && endless.errors.contains("at most 1e9 seconds"), "\(endless.errors)")
    #expect(silent.code == 69)
    #expect(silent.errors.contains("no overlay for 0.3 s"))

    let watch = try Program("glazer", ["watch", "--connect", endpoint, "--frames", "2", "--timeout", "20"])
    var frame: Int64 = 0
    let isDone = watch.waits { _ in
      _ = try? socket.send(Self.parts(Self.overlay(frame)))
      frame += 1
      return false
    }
    #expect(!isDone)
    let result = watch.result()
    #expect(result.code == 0)
    #expect(result.output.split(separator: "\n").count == 2)
  }

  @Test("addresses of the page are checked; a busy one ends with 69")
  func address() throws {
    #expect(try ViewAddress("127.0.0.1:8080").port == 8080)
    for text in ["", ":", "8080", "localhost:80", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "1.2.3.256:80"] {
      #expect(throws: ViewError.badAddress(text)) { try ViewAddress(text) }
    }
    let taken = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(taken) }
    let port = try freePort()
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    address.sin_port = port.bigEndian
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(taken, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 && listen(taken, 1) == 0
      }
    }
    #expect(bound)
    let result = try Program.run(
      "glazer", "view", "--connect", "tcp://127.0.0.1:1", "--http", "127.0.0.1:\(port)")
    #expect(result.code == 69)
    #expect(result.errors.hasPrefix("glazer: 127.0.0.1:\(port): cannot serve"))
  }

  @Test(
    "the stream is for the page that is served here: other people's pages are refused, and foreign names for this machine",
    arguments: [
      // Programs that are no browsers.
      ("127.0.0.1", nil, "127.0.0.1:8080", true), ("127.0.0.1", nil, nil, true),
      ("127.0.0.1", nil, "evil.example", true),
      // Loopback, through a tunnel too.
      ("127.0.0.1", "http://127.0.0.1:8080", "127.0.0.1:8080", true),
      ("127.0.0.1", "http://LocalHost:9999", "localhost:9999", true),
      ("127.0.0.1", "http://localhost", "localhost", true), ("127.0.0.1", "http://[::1]:8080", "[::1]:8080", true),
      ("127.0.0.1", "https://localhost:8443", "localhost:8443", true),
      // Pages of others, of another port of this machine, and of no origin (a file, a sandbox).
      ("127.0.0.1", "https://evil.example", "127.0.0.1:8080", false),
      ("127.0.0.1", "http://127.0.0.1:3000", "127.0.0.1:8080", false),
      ("127.0.0.1", "http://localhost:8080", "127.0.0.1:8080", false),
      ("127.0.0.1", "null", "127.0.0.1:8080", false), ("127.0.0.1", "", "", false),
      ("127.0.0.1", "http://127.0.0.1:8080", nil, false),
      // A name of others that leads here.
      ("127.0.0.1", "http://evil.example:8080", "evil.example:8080", false),
      ("127.0.0.1", "http://127.0.0.1.evil.example", "127.0.0.1.evil.example", false),
      ("10.0.0.5", "http://evil.example:8080", "evil.example:8080", false),
      // An address, its machine's name, and every network.
      ("10.0.0.5", "http://10.0.0.5:8080", "10.0.0.5:8080", true), ("10.0.0.5", "http://box:8080", "box:8080", true),
      ("10.0.0.5", "http://10.0.0.6:8080", "10.0.0.6:8080", false),
      ("0.0.0.0", "http://box.lab.example:8080", "box.lab.example:8080", true),
      ("0.0.0.0", "https://evil.example", "box.lab.example:8080", false),
    ] as [(String, String?, String?, Bool)])
  func origins(_ address: String, _ origin: String?, _ host: String?, _ isAdmitted: Bool) {
    #expect(ViewOrigin(address: address, machineName: "box").admits(origin: origin, host: host) == isAdmitted)
  }

  @Test("a foreign page gets 403 where ours gets its stream")
  func foreignPage() throws {
    let port = try freePort()
    let view = try Program("glazer", ["view", "--connect", "tcp://127.0.0.1:1", "--http", "127.0.0.1:\(port)"])
    try #require(view.waits { $0.errorsSoFar.contains("live page at") }, "\(view.errorsSoFar)")
    for (origin, status) in [
      ("Origin: https://evil.example\r\n", 403), ("Origin: http://127.0.0.1:\(port)\r\n", 101), ("", 101),
    ] {
      let client = try PlainClient(port)
      client.write(
        "GET /stream HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\(origin)"
          + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n")
      var answer = [UInt8](repeating: 0, count: 4096)
      let count = recv(client.descriptor, &answer, answer.count, 0)
      close(client.descriptor)
      let text = String(decoding: answer.prefix(max(0, count)), as: UTF8.self)
      #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(origin): \(text)")
    }
    view.terminate()
    #expect(view.result().code == 0)
  }

  @Test("a page gets the preview with the overlay of its frame, then the newest overlay; what it has comes not again")
  func state() throws {
    var state = ViewState()
    try state.take(.overlay, Self.parts(Self.overlay(1)))
    try state.take(.preview, Self.preview(9))
    #expect(state.messages(after: 0) == [Self.parts(Self.overlay(1))])
    try state.take(.preview, Self.preview(1))
    try state.take(.overlay, Self.parts(Self.overlay(2)))
    #expect(
      state.messages(after: 0) == [Self.parts(Self.overlay(1)), Self.preview(1), Self.parts(Self.overlay(2))])
    let version = state.version
    #expect(state.messages(after: version).isEmpty)
    try state.take(.overlay, Self.parts(Self.overlay(3)))
    #expect(state.messages(after: version) == [Self.parts(Self.overlay(3))])
    #expect(throws: OverlayError.self) { try state.take(.overlay, [[], Array("{}".utf8)]) }
    #expect(throws: OverlayError.self) { try state.take(.status, [[]]) }
    #expect(state.version == version + 1)
  }

  @Test("bundles lay every part at a multiple of eight")
  func bundle() {
    let messages: [[[UInt8]]] = [[[1, 2, 3], []], [[UInt8](repeating: 7, count: 17)]]
    let bytes = ViewBundle.pack(messages)
    func u32(_ at: Int) -> Int { Int(bytes[at]) | Int(bytes[at + 1]) << 8 }
    var at = 4
    #expect(u32(0) == 2)
    var unpacked: [[[UInt8]]] = []
    for _ in 0..<2 {
      var parts: [[UInt8]] = []
      let count = u32(at)
      at += 4
      for _ in 0..<count {
        let length = u32(at)
        at = (at + 4 + 7) / 8 * 8
        parts.append(Array(bytes[at..<at + length]))
        at = (at + length + 7) / 8 * 8
      }
      unpacked.append(parts)
    }
    #expect(unpacked == messages && at == bytes.count)
  }
}
