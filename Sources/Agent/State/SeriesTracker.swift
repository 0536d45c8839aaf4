// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO

/// Knows which series is running and when it ends: announced, by another series, by silence. Pure.
public struct SeriesTracker: Sendable {
  private struct Current: Sendable {
    var source: String
    var series: String?
    var overlays: UInt64 = 0
    var lastNs: UInt64
  }

  private var current: Current?

  public init() {}

  /// A frame of a series arrived; the end of the one before, if this is another.
  public mutating func frameArrived(source: String, series: String?, atNs now: UInt64) -> OverlayEnd? {
    if let current, current.source == source, current.series == series {
      self.current?.lastNs = now
      return nil
    }
    let ended = end(.newSeries)
    current = Current(source: source, series: series, lastNs: now)
    return ended
  }

  /// The source says that a series begins: whatever runs is over, also where a series of the same name begins anew.
  public mutating func began() -> OverlayEnd? { end(.newSeries) }

  public mutating func overlayPublished() { current?.overlays += 1 }

  /// A source says that a series is over; nil is what the message does not name. A name that is not the running one's ends nothing: two
  /// detectors of one scan end each its own.
  public mutating func announced(source: String?, series: String?) -> OverlayEnd? {
    guard let current, source == nil || source == current.source,
      series == nil || current.series == nil || series == current.series
    else { return nil }
    return end(.announced)
  }

  /// Ends a series that has sent nothing for `limitNs`.
  public mutating func checkSilence(atNs now: UInt64, limitNs: UInt64) -> OverlayEnd? {
    guard let current, now > current.lastNs, now - current.lastNs >= limitNs else { return nil }
    return end(.silence)
  }

  /// Ends whatever runs.
  public mutating func end(_ cause: OverlayEnd.Cause) -> OverlayEnd? {
    defer { current = nil }
    return current.map {
      OverlayEnd(source: $0.source, series: $0.series, overlays: $0.overlays, cause: cause)
    }
  }
}
