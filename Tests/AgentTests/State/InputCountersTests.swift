// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import FrameIO
import Testing

@Suite("Input counters")
struct InputCountersTests {
  @Test("a jump of the frame number is a gap as far as the mailbox did not skip")
  func gaps() {
    var counters = InputCounters()
    counters.frameArrived(source: "a", series: "s", frame: 10, skipped: 0)
    counters.frameArrived(source: "a", series: "s", frame: 11, skipped: 0)
    #expect(counters.takeRecent() == OverlayInput())
    counters.frameArrived(source: "a", series: "s", frame: 20, skipped: 3)
    #expect(counters.takeRecent() == OverlayInput(gap: 5, skipped: 3, rejected: 0))
    #expect(counters.takeRecent() == OverlayInput())
    #expect(counters.total == OverlayInput(gap: 5, skipped: 3, rejected: 0))
    #expect(counters.received == 6)
  }

  @Test("the end of a series takes no number, and skipped frames are no gap")
  func skippedBeforeAnEnd() {
    var counters = InputCounters()
    counters.frameArrived(source: "a", series: nil, frame: 0, skipped: 0)
    counters.seriesEnded()
    counters.frameArrived(source: "a", series: nil, frame: 3, skipped: 2)
    #expect(counters.total == OverlayInput(gap: 0, skipped: 2, rejected: 0))
    #expect(counters.received == 5)
  }

  @Test("a refused message takes the number of the frame it was")
  func refused() {
    var counters = InputCounters()
    counters.frameArrived(source: "a", series: nil, frame: 0, skipped: 0)
    counters.messageRefused(.malformed, skipped: 1)
    counters.frameArrived(source: "a", series: nil, frame: 3, skipped: 0)
    #expect(counters.total == OverlayInput(gap: 0, skipped: 1, rejected: 1))
    #expect(counters.count(.malformed) == 1)
    #expect(counters.received == 4)
  }

  @Test("a new series, a new source or a number that does not rise is no gap; hostile numbers do not trap")
  func restarts() {
    var counters = InputCounters()
    counters.frameArrived(source: "a", series: "1", frame: 100, skipped: 0)
    counters.frameArrived(source: "a", series: "2", frame: 500, skipped: 0)
    counters.frameArrived(source: "b", series: "2", frame: 900, skipped: 0)
    counters.frameArrived(source: "b", series: "2", frame: 3, skipped: 0)
    #expect(counters.total.gap == 0)
    counters.frameArrived(source: "b", series: "2", frame: .min, skipped: 0)
    counters.frameArrived(source: "b", series: "2", frame: .max, skipped: 0)
    #expect(counters.total.gap == 0)
  }

  @Test("reasons are counted apart")
  func reasons() {
    var counters = InputCounters()
    counters.frameArrived(source: "a", series: nil, frame: 0, skipped: 0)
    counters.reject(.zero)
    counters.frameArrived(source: "a", series: nil, frame: 1, skipped: 0)
    counters.reject(.noLattice)
    #expect(counters.count(.zero) == 1 && counters.count(.noLattice) == 1 && counters.count(.constant) == 0)
    #expect(counters.takeRecent().rejected == 2)
  }
}
