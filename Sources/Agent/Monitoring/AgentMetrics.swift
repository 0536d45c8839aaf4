// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore

/// Everything `/metrics` tells of the agent, as plain data. The pipeline's thread writes it in place; nothing here
/// allocates once the agent runs.
public struct AgentMetrics: Sendable {
  public var identity: RunIdentity
  public var model: OverlayModel
  /// Wall clock, nanoseconds since 1970.
  public var startedNs: UInt64

  public var received: UInt64 = 0
  public var gap: UInt64 = 0
  public var skipped: UInt64 = 0
  public var seriesStarts: UInt64 = 0
  public var seriesEnds: UInt64 = 0
  /// In the order of `RejectionReason.allCases`.
  public var rejected: [UInt64] = Array(repeating: 0, count: RejectionReason.allCases.count)

  public var overlays: UInt64 = 0
  /// In the last overlay, and in all of them.
  public var cells = 0
  public var totalCells: UInt64 = 0
  /// When the last overlay left, wall clock; 0 before the first.
  public var lastOverlayNs: UInt64 = 0
  public var stages = InlineArray<5, LatencyHistogram>(repeating: LatencyHistogram())
  /// Times that the wall clock was set. `stages` leaves out the frame that was on its way.
  public var clockJumps: UInt64 = 0

  public var state = LatticeStateMachine.State.searching
  public var latticesFound: UInt64 = 0
  public var latticesLost: UInt64 = 0
  /// Of the last overlay, pixels.
  public var driftPx = Vector2.zero
  public var residualPx = 0.0

  /// As of the last status.
  public var inputLink = AgentStatus.LinkStatus()
  public var outputLink = AgentStatus.LinkStatus()

  public var reloads: UInt64 = 0
  public var reloadsRefused: UInt64 = 0
  /// True from a refused reload to the next good one: the files on the disk are not what runs.
  public var isReloadRefused = false
  public var lastReloadNs: UInt64 = 0

  public init(identity: RunIdentity, model: OverlayModel, startedNs: UInt64 = WallClock.nowNs()) {
    self.identity = identity
    self.model = model
    self.startedNs = startedNs
  }

  mutating func take(_ counters: InputCounters) {
    received = counters.received
    gap = counters.total.gap
    skipped = counters.total.skipped
    seriesStarts = counters.seriesStarts
    seriesEnds = counters.seriesEnds
    for index in rejected.indices { rejected[index] = counters.rejected[index] }
  }

  mutating func published(_ header: OverlayHeader, cells: Int, isTimed: Bool) {
    overlays += 1
    self.cells = cells
    totalCells += UInt64(cells)
    lastOverlayNs = header.times.published
    driftPx = header.lattice.driftPx
    residualPx = header.lattice.residualPx
    guard isTimed else { return }
    for stage in Stage.allCases { stages[stage.rawValue].add(seconds: stage.seconds(header.times)) }
  }

  /// A copy whose arrays are its own, so that the pipeline's next write to the original need not copy them.
  func detached() -> AgentMetrics {
    var copy = self
    copy.rejected = rejected.map { $0 }
    return copy
  }
}
