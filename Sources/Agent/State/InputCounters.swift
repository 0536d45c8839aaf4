// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO

/// Counts what came in. Totals since the start, and what happened since the last overlay.
public struct InputCounters: Sendable, Equatable {
  /// Messages that arrived, refused and skipped ones included.
  public private(set) var received: UInt64 = 0
  /// In the order of `RejectionReason.allCases`.
  public private(set) var rejected: [UInt64] = Array(repeating: 0, count: RejectionReason.allCases.count)
  /// Sums over the run.
  public private(set) var total = OverlayInput()
  /// Messages that began a series.
  public private(set) var seriesStarts: UInt64 = 0
  /// Messages that ended a series.
  public private(set) var seriesEnds: UInt64 = 0
  /// Since the last `takeRecent`.
  private var recent = OverlayInput()

  private var last: (source: String, series: String?, frame: Int64)?
  /// Skipped and refused messages since the last good frame: numbers they took are no gap.
  private var unnumbered: UInt64 = 0

  public init() {}

  public static func == (l: InputCounters, r: InputCounters) -> Bool {
    l.received == r.received && l.rejected == r.rejected && l.total == r.total && l.seriesEnds == r.seriesEnds
      && l.seriesStarts == r.seriesStarts && l.recent == r.recent
  }

  /// A frame reached the pipeline after `skipped` others that were replaced in the mailbox.
  ///
  /// A jump of `frame` is a gap as far as skipped and refused messages do not explain it. A new series, or a number that
  /// does not rise (a source that starts again), begins a new count.
  public mutating func frameArrived(source: String, series: String?, frame: Int64, skipped: UInt64) {
    received += 1
    addSkipped(skipped)
    if let last, last.source == source, last.series == series, frame > last.frame {
      let jump = frame.subtractingReportingOverflow(last.frame)
      let missing = jump.overflow ? 0 : UInt64(jump.partialValue - 1)
      let gap = missing > unnumbered ? missing - unnumbered : 0
      recent.gap &+= gap
      total.gap &+= gap
    }
    last = (source, series, frame)
    unnumbered = 0
  }

  /// A message that begins a series reached the pipeline. It takes no frame number.
  public mutating func seriesStarted() {
    received += 1
    seriesStarts += 1
  }

  /// A message that ends a series reached the pipeline. It takes no frame number.
  public mutating func seriesEnded() {
    received += 1
    seriesEnds += 1
  }

  /// So many messages were received and not taken when the agent ended.
  public mutating func leftBehind(_ count: UInt64) { addSkipped(count) }

  /// A message that is not a frame reached the pipeline, after `skipped` others.
  public mutating func messageRefused(_ reason: RejectionReason, skipped: UInt64) {
    received += 1
    addSkipped(skipped)
    // The number of a leftover is one of another series.
    if reason != .leftover { unnumbered += 1 }
    reject(reason)
  }

  /// A frame that `frameArrived` has counted was refused.
  public mutating func reject(_ reason: RejectionReason) {
    rejected[RejectionReason.allCases.firstIndex(of: reason)!] += 1
    recent.rejected += 1
    total.rejected += 1
  }

  public func count(_ reason: RejectionReason) -> UInt64 {
    rejected[RejectionReason.allCases.firstIndex(of: reason)!]
  }

  /// What happened since the last call; then starts again from zero.
  public mutating func takeRecent() -> OverlayInput {
    defer { recent = OverlayInput() }
    return recent
  }

  private mutating func addSkipped(_ skipped: UInt64) {
    received += skipped
    unnumbered += skipped
    recent.skipped += skipped
    total.skipped += skipped
  }
}
