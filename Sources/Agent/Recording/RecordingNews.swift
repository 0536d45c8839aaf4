// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO

/// Turns what a recorder reports into events: what has changed since the last time.
///
/// Dropped messages are told of at most once an interval: a disk that is too slow drops with every frame, and each event takes the place of an
/// overlay in a subscriber's queue.
struct RecordingNews {
  private var last: RecordingReport?
  private var toldDropped: UInt64 = 0
  /// At least so much between two tellings.
  var interval: Interval

  init(eventIntervalS: Double) { interval = Interval(seconds: eventIntervalS) }

  /// `isLast`: whatever there is, for nobody asks again.
  mutating func events(of report: RecordingReport, atNs: UInt64, isLast: Bool = false) -> [AgentEvent] {
    var events: [AgentEvent] = []
    let before = last
    if report.state == .stopped, before?.state != .stopped || before?.failure != report.failure, isNews(report) {
      let reason = report.failure?.description ?? "unknown"
      events.append(
        AgentEvent(
          kind: .recordingStopped, message: "recording stopped, frames are processed as before: \(reason)"))
    }
    if report.state == .recording, let file = report.file, before?.state != .recording || before?.file != file {
      events.append(AgentEvent(kind: .recordingBegan, message: "recording to \(file)"))
    }
    toldDropped = min(toldDropped, report.droppedCount)
    let dropped = report.droppedCount - toldDropped
    if dropped > 0, isLast || interval.isDue(atNs: atNs) {
      toldDropped = report.droppedCount
      events.append(
        AgentEvent(
          kind: .recordingDropped, message: "message not recorded: the disk is slower than the stream", count: dropped))
    }
    last = report
    return events
  }

  /// The free space in the reason changes with every look; that alone is nothing new.
  private func isNews(_ report: RecordingReport) -> Bool {
    guard case .diskShort = report.failure, case .diskShort = last?.failure, last?.state == .stopped else {
      return true
    }
    return false
  }
}
