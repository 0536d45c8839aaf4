// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import FrameIO
import Logging

/// Writes the agent's events as log lines: each kind at its level, and at a limited rate. Belongs to the agent's loop.
final class EventLog {
  private struct Kind: Hashable {
    var kind: AgentEvent.Kind
    var reason: RejectionReason?
  }

  private let log: Logger
  private var limiter = LineLimiter<Kind>()

  init(_ log: Logger) { self.log = log }

  func write(_ event: AgentEvent, intervalS: Double, atNs now: UInt64 = SteadyClock.nowNs()) {
    let kind = Kind(kind: event.kind, reason: event.reason)
    // What an operator has asked for is answered each time.
    let intervalS = event.kind == .reloaded || event.kind == .reloadRefused ? 0 : intervalS
    guard let count = limiter.admit(kind, count: event.count, intervalS: intervalS, atNs: now) else { return }
    let place = event.frame.map { "frame \($0): " } ?? ""
    let reason = event.reason.map { "\($0.rawValue): " } ?? ""
    let times = count > 1 ? " (\(count) times since the last such line)" : ""
    log.log(level: Self.level(event.kind), "\(reason)\(place)\(event.message)\(times)")
  }

  static func level(_ kind: AgentEvent.Kind) -> Logger.Level {
    switch kind {
    case .rejected, .latticeLost, .clockJumped, .strangerRefused, .subscriptionFlood, .handshakeFailed,
      .placementRefused,
      .recordingStopped,
      .recordingDropped:
      .warning
    case .reloadRefused: .error
    case .reloaded: .notice
    case .latticeFound, .seriesBegan, .recordingBegan: .info
    }
  }
}

/// Lets one line of each kind through per interval and counts the rest, which the next line tells. What never happens is
/// that a stream of faults fills a disk.
struct LineLimiter<Kind: Hashable> {
  private struct Slot {
    var lastNs: UInt64
    var heldBack: UInt64 = 0
  }

  private var slots: [Kind: Slot] = [:]

  /// How many happenings the line stands for; nil while lines of this kind are held back.
  mutating func admit(_ kind: Kind, count: UInt64 = 1, intervalS: Double, atNs now: UInt64) -> UInt64? {
    if let slot = slots[kind], now >= slot.lastNs, Double(now - slot.lastNs) < intervalS * 1e9 {
      slots[kind]?.heldBack += count
      return nil
    }
    defer { slots[kind] = Slot(lastNs: now) }
    return count + (slots[kind]?.heldBack ?? 0)
  }
}
