// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import FrameIO
import Testing

@Suite("Series")
struct SeriesTrackerTests {
  private func running() -> SeriesTracker {
    var tracker = SeriesTracker()
    _ = tracker.frameArrived(source: "abf", series: "1", atNs: 100)
    tracker.overlayPublished()
    tracker.overlayPublished()
    return tracker
  }

  private func end(_ cause: OverlayEnd.Cause) -> OverlayEnd {
    OverlayEnd(source: "abf", series: "1", overlays: 2, cause: cause)
  }

  @Test("the beginning of a series ends the running one, also one of the same name")
  func began() {
    var tracker = running()
    let ended = tracker.began()
    #expect(ended == end(.newSeries))
    let again = tracker.began()
    #expect(again == nil)
  }

  @Test("another series ends the running one, once")
  func newSeries() {
    var tracker = running()
    let same = tracker.frameArrived(source: "abf", series: "1", atNs: 200)
    #expect(same == nil)
    let other = tracker.frameArrived(source: "abf", series: "2", atNs: 300)
    #expect(other == end(.newSeries))
    let again = tracker.frameArrived(source: "abf", series: "2", atNs: 400)
    #expect(again == nil)
  }

  @Test("an announced end names the running series or nothing")
  func announced() {
    var tracker = running()
    let foreign = tracker.announced(source: "abf", series: "7")
    #expect(foreign == nil)
    // The dark field of the same scan.
    for series in ["1", nil] {
      let other = tracker.announced(source: "haadf", series: series)
      #expect(other == nil)
    }
    let ended = tracker.announced(source: nil, series: nil)
    #expect(ended == end(.announced))
    let twice = tracker.announced(source: "abf", series: "1")
    #expect(twice == nil)
  }

  @Test("silence is counted from the last frame; a clock that goes back ends nothing")
  func silence() {
    var tracker = running()
    _ = tracker.frameArrived(source: "abf", series: "1", atNs: 1000)
    let early = tracker.checkSilence(atNs: 1099, limitNs: 100)
    let back = tracker.checkSilence(atNs: 5, limitNs: 100)
    #expect(early == nil && back == nil)
    let ended = tracker.checkSilence(atNs: 1100, limitNs: 100)
    #expect(ended == end(.silence))
    let twice = tracker.checkSilence(atNs: 9999, limitNs: 100)
    #expect(twice == nil)
  }
}
