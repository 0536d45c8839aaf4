// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import Logging
import TestSupport
import Testing

@testable import glazer_agent

@Suite("Log of the agent")
struct AgentLogTests {
  @Test("one line of a kind per interval, which tells how many there were; other kinds are not held back")
  func limiter() {
    var limiter = LineLimiter<String>()
    func admit(_ kind: String, _ s: Double, count: UInt64 = 1) -> UInt64? {
      limiter.admit(kind, count: count, intervalS: 10, atNs: UInt64(s * 1e9))
    }
    #expect(admit("a", 100) == 1)
    #expect(admit("a", 101) == nil && admit("a", 109.9, count: 5) == nil)
    #expect(admit("b", 105) == 1)
    #expect(admit("a", 110) == 7)
    #expect(admit("a", 111) == nil && admit("a", 130) == 2)
    #expect(limiter.admit("b", intervalS: 0, atNs: 105_000_000_001) == 1)
  }

  @Test("events have the priorities of syslog")
  func priorities() {
    let levels: [Logger.Level] = [.critical, .error, .warning, .notice, .info, .debug]
    #expect(levels.map(AgentLog.priority) == [2, 3, 4, 5, 6, 7])
    #expect(EventLog.level(.reloadRefused) == .error && EventLog.level(.rejected) == .warning)
  }

  @Test("a message is one line of the log, whatever names are in it")
  func oneLine() {
    let message = "series x\r\n<0>forged\n\u{1B}[2J\r e\u{301}"
    let plain = "series x  <0>forged  [2J  e\u{301}\n"
    #expect(Array(AgentLog(isJournal: true).line(.notice, message).utf8) == Array("<5>\(plain)".utf8))
    let timed = Array(AgentLog(isJournal: false).line(.info, message).utf8)
    #expect(Array(timed.suffix(plain.utf8.count)) == Array(plain.utf8))
    #expect(timed.filter { $0 < 0x20 } == [10])
  }

  @Test("priorities stand in front of lines where the journal reads stderr, and only there")
  func journal() throws {
    let folder = try TemporaryDirectory()
    var model = RandomModel.int8()
    try model.write(folder.file("model.safetensors"))
    try """
    [output]
    endpoint = "tcp://127.0.0.1:*"
    [model]
    path = "model.safetensors"
    [monitor]
    http = ""
    """.write(toFile: folder.file("agent.toml"), atomically: true, encoding: .utf8)
    // The shell tells what its own stderr is, as systemd does.
    let script = "JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec \"$0\" --config \"$1\""
    for (shell, prefix) in [(script, "<5>model "), ("JOURNAL_STREAM=1:2 exec \"$0\" --config \"$1\"", "20")] {
      let agent = try Program("/bin/sh", ["-c", shell, Program.path("glazer-agent"), folder.file("agent.toml")])
      #expect(agent.waits { $0.errorsSoFar.contains("overlays on") }, "\(agent.errorsSoFar)")
      #expect(agent.errorsSoFar.hasPrefix(prefix), "\(agent.errorsSoFar)")
      agent.terminate()
      #expect(agent.result().code == 0)
    }
  }
}
