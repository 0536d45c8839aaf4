// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import FrameIO
import Testing

@Suite("Agent support")
struct SupportTests {
  @Test("events of one reason leave once per interval and carry the count of those held back")
  func limiter() {
    var limiter = EventLimiter(intervalS: 1)
    #expect(limiter.admit(.zero, atNs: 5_000_000_000) == 1)
    for ms in 1...99 { #expect(limiter.admit(.zero, atNs: 5_000_000_000 + UInt64(ms) * 10_000_000) == nil) }
    #expect(limiter.admit(.constant, atNs: 5_500_000_000) == 1)
    #expect(limiter.admit(.zero, atNs: 6_000_000_000) == 100)
    #expect(limiter.admit(.zero, atNs: 7_000_000_000) == 1)
  }

  @Test("an interval of no length is always due, one of unthinkable length never")
  func intervals() {
    for (seconds, isDue) in [(nil, false), (0, true), (-1, true), (1e300, false), (Double.infinity, false)] {
      var interval = Interval(seconds: seconds)
      let first = interval.isDue(atNs: 5)
      #expect(first == isDue)
    }
  }

  @Test("percentiles are those of the last values only")
  func percentiles() throws {
    var window = LatencyWindow(capacity: 100)
    let none = window.percentiles()
    #expect(none == nil)
    for _ in 0..<50 { window.add(ms: 1e6) }
    for value in 1...100 { window.add(ms: Double(value)) }
    let percentiles = window.percentiles()
    let found = try #require(percentiles)
    #expect(found == AgentStatus.LatencyMs(p50: 50, p95: 95, p99: 99))
    var one = LatencyWindow()
    one.add(ms: 3)
    let single = one.percentiles()
    #expect(single == AgentStatus.LatencyMs(p50: 3, p95: 3, p99: 3))
  }
}
