// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO

/// Notices that somebody has set the wall clock, by the clock that nobody can set. What is slewed, as time services do, is
/// followed.
struct ClockWatch {
  /// More than any slewing makes between two looks that are less than a minute apart (500 ppm: 30 ms).
  static let leastJumpS = 0.5

  private var offsetNs: Int64?

  /// Seconds by which the wall clock went forward (or back, negative) against the steady clock since the last call; nil
  /// where it only ran.
  mutating func jumpS() -> Double? { jumpS(wallNs: WallClock.nowNs(), steadyNs: SteadyClock.nowNs()) }

  mutating func jumpS(wallNs: UInt64, steadyNs: UInt64) -> Double? {
    let now = Int64(truncatingIfNeeded: wallNs &- steadyNs)
    defer { offsetNs = now }
    guard let before = offsetNs else { return nil }
    let jump = Double(now &- before) / 1e9
    return abs(jump) >= Self.leastJumpS ? jump : nil
  }
}
