// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO

/// Lets one event of each rejection reason through per interval and counts the others: a stream of bad frames at 100 Hz must
/// not become a stream of events.
public struct EventLimiter: Sendable {
  private struct Slot: Sendable {
    var lastNs: UInt64?
    var heldBack: UInt64 = 0
  }

  private var intervalNs: UInt64
  private var slots = [Slot](repeating: Slot(), count: RejectionReason.allCases.count)

  public init(intervalS: Double) { intervalNs = UInt64(max(0, intervalS) * 1e9) }

  /// What is held back stays so until the new interval is over.
  public mutating func setInterval(seconds: Double) { intervalNs = UInt64(max(0, seconds) * 1e9) }

  /// How many rejections the event stands for, this one included; nil while events of this reason are held back.
  public mutating func admit(_ reason: RejectionReason, atNs now: UInt64) -> UInt64? {
    let index = RejectionReason.allCases.firstIndex(of: reason)!
    if let last = slots[index].lastNs, now >= last, now - last < intervalNs {
      slots[index].heldBack += 1
      return nil
    }
    let count = slots[index].heldBack + 1
    slots[index] = Slot(lastNs: now)
    return count
  }
}
