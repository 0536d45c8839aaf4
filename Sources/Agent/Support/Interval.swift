// SPDX-License-Identifier: GPL-3.0-or-later

/// Says when something that happens at a limited rate is due. Times from `SteadyClock`.
public struct Interval: Sendable {
  private let lengthNs: UInt64
  private var lastNs: UInt64?

  /// Nil length: never due; so is one of more than a century, as the inverse of a tiny rate is.
  public init(seconds: Double?) {
    lengthNs = seconds.flatMap { $0 < 3e9 ? UInt64(max(0, $0) * 1e9) : nil } ?? .max
  }

  /// True, and the next interval begins, when the last one is over; true the first time.
  public mutating func isDue(atNs now: UInt64) -> Bool {
    guard lengthNs != .max else { return false }
    if let lastNs, now &- lastNs < lengthNs { return false }
    lastNs = now
    return true
  }
}
