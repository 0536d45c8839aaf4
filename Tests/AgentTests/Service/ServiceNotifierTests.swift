// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport
import Testing

@testable import Agent

@Suite("Notifications for the service manager")
struct ServiceNotifierTests {
  @Test("messages arrive at a path and at an abstract name")
  func addresses() throws {
    let folder = try TemporaryDirectory()
    for path in [folder.file("notify"), "@glazer-test-\(UUID().uuidString)"] {
      let manager = try NotifySocket(path)
      let notifier = try ServiceNotifier(socket: path)
      notifier.ready()
      notifier.status("one\ntwo")
      notifier.reloading()
      #expect(manager.next() == "READY=1")
      #expect(manager.next() == "STATUS=one two")
      let reloading = try #require(manager.next()).split(separator: "\n")
      #expect(reloading.first == "RELOADING=1")
      let stamp = try #require(UInt64(reloading[1].dropFirst("MONOTONIC_USEC=".count)))
      #expect(SteadyClock.nowNs() / 1000 - stamp < 5_000_000)
    }
  }

  @Test(
    "a status is one line and one word to the service manager, whatever names are in it",
    arguments: ["\r\n", "\n", "\r", "\u{0}", "\u{1B}"])
  func oneLine(_ control: String) throws {
    let folder = try TemporaryDirectory()
    let manager = try NotifySocket(folder.file("notify"))
    let notifier = try ServiceNotifier(socket: folder.file("notify"))
    notifier.status("frame 1 of x\(control)WATCHDOG=trigger\(control)e\u{301}")
    let space = String(repeating: " ", count: control.utf8.count)
    let expected = "STATUS=frame 1 of x\(space)WATCHDOG=trigger\(space)e\u{301}"
    let heard = try #require(manager.next())
    #expect(Array(heard.utf8) == Array(expected.utf8))
  }

  @Test("the environment says whether anybody listens, and how often the watchdog wants a sign")
  func environment() throws {
    #expect(try ServiceNotifier(environment: [:]) == nil)
    #expect(try ServiceNotifier(environment: ["NOTIFY_SOCKET": ""]) == nil)
    let with = { (more: [String: String]) in
      try ServiceNotifier(environment: ["NOTIFY_SOCKET": "@x"].merging(more) { $1 })?.watchdogIntervalNs
    }
    #expect(try with([:]) == nil)
    #expect(try with(["WATCHDOG_USEC": "3000000"]) == 1_500_000_000)
    #expect(try with(["WATCHDOG_USEC": "0"]) == nil)
    #expect(try with(["WATCHDOG_USEC": "\(UInt64.max)"]) == .max)
    #expect(try with(["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "\(getpid())"]) == 1_500_000_000)
    #expect(try with(["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"]) == nil)
  }

  @Test("addresses that cannot be are refused; a manager that is gone stops nothing")
  func refusals() throws {
    for path in ["relative", "vsock:2:1234", "/", "/" + String(repeating: "a", count: 107)] {
      #expect(throws: NotifyError.badAddress(path)) { try ServiceNotifier(socket: path) }
    }
    _ = try ServiceNotifier(socket: "/" + String(repeating: "a", count: 106))
    #expect(try ServiceNotifier(socket: "/nowhere/at/all").send("READY=1") == false)
  }
}
