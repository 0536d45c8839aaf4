// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// Waits for points in time on the clock that nobody sets.
enum Pacer {
  static func nowNs() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Sleeps until this time, in steps of at most 50 ms so that a stop is noticed. False when it was stopped.
  static func sleep(untilNs deadline: UInt64, shouldStop: () -> Bool) -> Bool {
    while !shouldStop() {
      let now = nowNs()
      guard now < deadline else { return true }
      let step = min(deadline - now, 50_000_000)
      var time = timespec(tv_sec: 0, tv_nsec: Int(step))
      nanosleep(&time, nil)
    }
    return false
  }
}
