// SPDX-License-Identifier: GPL-3.0-or-later
#if canImport(Glibc)
  import Glibc
#endif

/// The two clocks of the agent.
public enum Clocks {
  /// Nanoseconds since 1970: what goes to the wire.
  public static func wallNs() -> UInt64 { read(CLOCK_REALTIME) }

  /// Nanoseconds that never jump: for intervals.
  public static func steadyNs() -> UInt64 { read(CLOCK_MONOTONIC) }

  private static func read(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
