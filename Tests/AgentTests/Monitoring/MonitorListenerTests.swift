// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Agent

/// Stands in for accept(2), and hears the warnings.
private final class Doorkeeper: Sendable {
  private struct State {
    var answers: [Int32] = []
    var calls = 0
    var warnings: [String] = []
  }

  private let state = Mutex(State())

  var calls: Int { state.withLock { $0.calls } }
  var warnings: [String] { state.withLock { $0.warnings } }

  /// What is answered from now on, one after the other; after that accept(2) has the word again.
  func answers(_ answers: [Int32]) { state.withLock { $0.answers = answers.reversed() } }

  func accept(_ listener: Int32) -> Int32 {
    let answer = state.withLock { state -> Int32? in
      state.calls += 1
      return state.answers.popLast()
    }
    return answer ?? MonitorListener.accepted(listener)
  }

  func hear(_ warning: String) { state.withLock { $0.warnings.append(warning) } }
}

@Suite("Monitor without descriptors", .serialized)
struct MonitorListenerTests {
  private func eventually(_ condition: () -> Bool) -> Bool {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
      if condition() { return true }
      Thread.sleep(forTimeInterval: 0.01)
    }
    return condition()
  }

  @Test(
    "the reserve serves one connection; then the listener rests, and warns once a minute", arguments: [EMFILE, ENFILE])
  func reserve(_ error: Int32) {
    let door = Doorkeeper()
    let descriptor = open("/dev/null", O_RDONLY)
    let listener = MonitorListener(descriptor, accepting: { door.accept($0) }, warn: { door.hear($0) })
    let second: UInt64 = 1_000_000_000
    listener.holdReserve()
    door.answers([-error, 7])
    #expect(listener.take(atNs: second) == 7)
    #expect(listener.polled(atNs: second) == descriptor && door.calls == 2)
    // Lent: nothing to try again with.
    door.answers([-error])
    #expect(listener.take(atNs: 2 * second) == nil)
    #expect(door.calls == 3)
    #expect(listener.polled(atNs: 2 * second + MonitorListener.restNs - 1) == -1)
    #expect(listener.polled(atNs: 2 * second + MonitorListener.restNs) == descriptor)
    // Somebody else was faster.
    listener.holdReserve()
    door.answers([-error, -error])
    #expect(listener.take(atNs: 3 * second) == nil)
    #expect(door.calls == 5 && listener.polled(atNs: 3 * second) == -1)
    #expect(door.warnings.count == 1 && door.warnings[0].contains(String(cString: strerror(error))))
    listener.holdReserve()
    door.answers([-error, 8])
    #expect(listener.take(atNs: 62 * second) == 8)
    #expect(door.warnings.count == 2)
  }

  @Test("a connection that left is nothing to rest for, any other failure is", arguments: [true, false])
  func otherFailures(_ hasLeft: Bool) {
    for error in hasLeft ? [EAGAIN, EINTR, ECONNABORTED] : [ENOMEM, ENOBUFS, EPERM] {
      let door = Doorkeeper()
      let descriptor = open("/dev/null", O_RDONLY)
      let listener = MonitorListener(descriptor, accepting: { door.accept($0) }, warn: { door.hear($0) })
      listener.holdReserve()
      door.answers([-error])
      #expect(listener.take(atNs: 5) == nil)
      #expect(door.calls == 1 && door.warnings.isEmpty)
      #expect(listener.polled(atNs: 5) == (hasLeft ? descriptor : -1))
    }
  }

  @Test("a server without descriptors rests, keeps whom it has, and answers who waited when there are some again")
  func server() throws {
    let door = Doorkeeper()
    let server = try MonitorServer(
      try #require(LoopbackAddress("127.0.0.1:0")), pages: MonitorPages(MonitorBoard(), stallS: 10),
      accepting: { door.accept($0) }, warn: { door.hear($0) })
    defer { server.stop() }
    let held = try (0..<MonitorServer.mostConnections).map { _ in try PlainClient(server.address.port) }
    try #require(eventually { door.calls == held.count })
    door.answers(Array(repeating: -EMFILE, count: 1_000_000))
    let waiting = try PlainClient(server.address.port)
    waiting.write("GET /healthz HTTP/1.1\r\n\r\n")
    Thread.sleep(forTimeInterval: 0.6)
    // Two tries after each rest; a thread that never rests makes a hundred thousand.
    #expect((2...20).contains(door.calls - held.count), "\(door.calls)")
    #expect(door.warnings.count == 1)
    for client in held {
      client.write("GET /healthz HTTP/1.1\r\n\r\n")
      #expect(client.readAll().hasPrefix("HTTP/1.1 200 "))
    }
    door.answers([])
    #expect(waiting.readAll().hasPrefix("HTTP/1.1 200 "))
  }
}
