// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// The clock of time stamps on the wire and in recordings.
public enum WallClock {
  /// Nanoseconds since 1970.
  public static func nowNs() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(max(time.tv_sec, 0)) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
