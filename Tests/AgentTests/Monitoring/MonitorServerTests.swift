// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import TestSupport
import Testing

@testable import Agent

@Suite("Monitor over HTTP", .serialized)
struct MonitorServerTests {
  private let board = MonitorBoard()

  private func server() throws -> MonitorServer {
    try MonitorServer(try #require(LoopbackAddress("127.0.0.1:0")), pages: MonitorPages(board, stallS: 10))
  }

  @Test("probes answer by code and reason, unknown paths and methods by their codes")
  func answers() throws {
    let server = try server()
    defer { server.stop() }
    #expect(try PlainClient.get("/readyz", server.address.port).hasPrefix("HTTP/1.1 503 "))
    #expect(try PlainClient.get("/healthz", server.address.port).hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(try PlainClient.get("/metrics", server.address.port).hasPrefix("HTTP/1.1 503 "))
    board.show(AgentMetrics(identity: RunIdentity(), model: OverlayModel(name: "m", sha256: "s")))
    board.enter(.ready)
    board.turned(atNs: SteadyClock.nowNs())
    let ready = try PlainClient.get("/readyz?verbose", server.address.port)
    #expect(ready.hasPrefix("HTTP/1.1 200 OK\r\n") && ready.hasSuffix("\r\n\r\nsockets open, model loaded\n"))
    let metrics = try PlainClient.get("/metrics", server.address.port)
    let body = try #require(metrics.range(of: "\r\n\r\n")).upperBound
    #expect(metrics.contains("Content-Type: text/plain; version=0.0.4") && metrics.contains("Connection: close"))
    let page = try Exposition(String(metrics[body...]))
    #expect(page.value("glazer_ready") == 1 && (page.value("process_open_fds") ?? 0) > 3)
    // A header of the body's length, and no body.
    let head = try PlainClient.get("/metrics", server.address.port, method: "HEAD")
    #expect(head.hasSuffix("\r\n\r\n") && head.contains("Content-Length: "))
    #expect(try PlainClient.get("/status", server.address.port).hasPrefix("HTTP/1.1 503 "))
    #expect(try PlainClient.get("/etc/passwd", server.address.port).hasPrefix("HTTP/1.1 404 "))
    #expect(try PlainClient.get("/metrics", server.address.port, method: "POST").hasPrefix("HTTP/1.1 405 "))
  }

  @Test("a loop that stands still is not healthy, and still ready")
  func stalled() throws {
    board.enter(.ready)
    board.turned(atNs: SteadyClock.nowNs() - 11_000_000_000)
    let alive = Health.alive(board, limitS: 10)
    #expect(!alive.isGood && alive.reason.contains("expected at most 10.0 s"))
    #expect(Health.ready(board).isGood)
    board.enter(.ending)
    #expect(!Health.ready(board).isGood)
  }

  @Test("peers that say nothing, nonsense or too much cost a connection and disturb nobody")
  func hostile() throws {
    let server = try server()
    defer { server.stop() }
    let silent = try (0..<24).map { _ in try PlainClient(server.address.port) }
    for client in silent.prefix(10) { client.write("GET /hea") }
    let open = try PlainClient(server.address.port)
    // All places are taken; whoever leaves makes room for who waits.
    open.write("GET /healthz HTTP/1.0\n\n")
    for client in silent { close(client.descriptor) }
    #expect(open.readAll().hasPrefix("HTTP/1.1 200 "))

    let large = try PlainClient(server.address.port)
    large.write("GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 9000))
    #expect(large.readAll().hasPrefix("HTTP/1.1 431 "))
    let nonsense = try PlainClient(server.address.port)
    nonsense.write("\u{1}\u{2}\n\n")
    #expect(nonsense.readAll().hasPrefix("HTTP/1.1 400 "))
  }

  @Test(
    "a request that ends early ends its connection at once, a whole one is answered",
    arguments: [("", false), ("GET /hea", false), ("GET / HTTP/1.1\r\n\r\n", true)])
  func endedByThePeer(_ text: String, _ isWhole: Bool) throws {
    for isEnded in [true, false] {
      var ends: [Int32] = [-1, -1]
      try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
      defer { close(ends[1]) }
      let connection = MonitorConnection(ends[0], atNs: 0)
      _ = send(ends[1], text, text.utf8.count, 0)
      if isEnded { shutdown(ends[1], Int32(SHUT_WR)) }
      var isAnswered = false
      let goesOn = connection.proceed { _ in
        isAnswered = true
        return HTTPResponse(status: .ok, body: "")
      }
      #expect(isAnswered == isWhole && goesOn == (!isWhole && !isEnded))
    }
  }

  @Test("a request is the same however it is cut, and incomplete until its empty line")
  func parsing() {
    let bytes = Array("GET /healthz?a=b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)
    for count in 0..<bytes.count { #expect(HTTPRequest.parse(Array(bytes[..<count])) == .incomplete) }
    #expect(HTTPRequest.parse(bytes + [1, 2, 3]) == .request(HTTPRequest(method: "GET", path: "/healthz")))
    for text in ["\n\n", "GET /\n\n", "GET  / HTTP/1.1\n\n", "GET x HTTP/1.1\n\n", "GET / HTTP/2\n\n"] {
      #expect(HTTPRequest.parse(Array(text.utf8)) == .refused(.badRequest), "\(text)")
    }
    #expect(HTTPRequest.parse([UInt8](repeating: 65, count: 8192)) == .refused(.headTooLarge))
    // Damage of every kind is refused or waited for, and never taken for another path.
    var random = SeededRandom(seed: 11)
    for _ in 0..<20_000 {
      var damaged = bytes
      for _ in 0...random.next() % 4 { damaged[Int(random.next() % UInt64(bytes.count))] = UInt8(random.next() & 255) }
      damaged.removeLast(Int(random.next() % 8))
      if case .request(let request) = HTTPRequest.parse(damaged) {
        #expect(request.path.hasPrefix("/") && ["GET", "HEAD"].contains(request.method))
      }
    }
  }

  @Test("only loopback can be served; a taken port is told")
  func addresses() throws {
    #expect(LoopbackAddress("127.0.0.1:9464")?.description == "127.0.0.1:9464")
    #expect(LoopbackAddress("127.1.2.3:80")?.octets == [127, 1, 2, 3])
    for text in [
      "", ":", "9464", "localhost:1", "0.0.0.0:1", "10.0.0.1:1", "127.0.0.1", "127.0.0.1:70000", "127.0.0:1",
    ] {
      #expect(LoopbackAddress(text) == nil, "\(text)")
    }
    let server = try server()
    defer { server.stop() }
    #expect(throws: MonitorServerError.self) {
      _ = try MonitorServer(server.address, pages: MonitorPages(board, stallS: 1))
    }
  }
}
