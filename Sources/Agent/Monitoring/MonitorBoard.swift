// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import Synchronization

/// What the agent's loop shows to the threads that answer questions about it. The loop writes, anybody reads.
public final class MonitorBoard: Sendable {
  public enum Phase: UInt8, Sendable {
    /// Sockets and model are not there yet.
    case starting
    case ready
    case ending
  }

  private struct Shown {
    var metrics: AgentMetrics?
    var status: AgentStatus?
  }

  private let shown = Mutex(Shown())
  private let phaseValue = Atomic<UInt8>(Phase.starting.rawValue)
  /// Steady clock; 0 before the first turn.
  private let lastTurnNs = Atomic<UInt64>(0)

  public init() {}

  // MARK: the loop

  /// Once in each turn of the loop.
  func turned(atNs now: UInt64) { lastTurnNs.store(now, ordering: .relaxed) }

  func enter(_ phase: Phase) { phaseValue.store(phase.rawValue, ordering: .releasing) }

  func show(_ metrics: AgentMetrics) { shown.withLock { $0.metrics = metrics } }

  func show(_ status: AgentStatus) { shown.withLock { $0.status = status } }

  /// In place and under the lock, which readers hold for a copy only.
  func update(_ change: (inout AgentMetrics) -> Void) {
    shown.withLock { shown in
      if shown.metrics != nil { change(&shown.metrics!) }
    }
  }

  // MARK: everybody

  public var phase: Phase { Phase(rawValue: phaseValue.load(ordering: .acquiring)) ?? .starting }

  /// Nil before the agent has its model.
  public var metrics: AgentMetrics? { shown.withLock { $0.metrics?.detached() } }

  /// The last that was published.
  public var status: AgentStatus? { shown.withLock { $0.status } }

  /// Seconds since the loop last turned; nil before it did.
  public func idleS(atNs now: UInt64 = SteadyClock.nowNs()) -> Double? {
    let last = lastTurnNs.load(ordering: .relaxed)
    guard last > 0 else { return nil }
    return now > last ? Double(now - last) / 1e9 : 0
  }
}
