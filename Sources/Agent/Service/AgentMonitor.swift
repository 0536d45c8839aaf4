// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore

/// Gathers what `status` tells.
struct AgentMonitor {
  private let identity: RunIdentity
  private let model: OverlayModel
  private let startNs = SteadyClock.nowNs()
  private var latencies = LatencyWindow()
  private var overlays: UInt64 = 0
  private var cells = 0
  /// Overlays and time of the last status that gave a rate, and that rate.
  private var rateFrom: (overlays: UInt64, ns: UInt64)
  private var framesPerS = 0.0

  init(identity: RunIdentity, model: OverlayModel) {
    self.identity = identity
    self.model = model
    rateFrom = (0, startNs)
  }

  mutating func published(_ header: OverlayHeader, cells: Int) {
    overlays += 1
    self.cells = cells
    // The wall clock may be set back between the two stamps.
    let received = min(header.times.received, header.times.published)
    latencies.add(ms: Double(header.times.published - received) / 1e6)
  }

  mutating func status(
    state: LatticeStateMachine.State, counters: InputCounters, frame: FrameHeader
  ) -> AgentStatus {
    let now = SteadyClock.nowNs()
    // A status sent between two regular ones, for a new subscriber, repeats the rate of the last.
    if now - rateFrom.ns > 900_000_000 {
      framesPerS = Double(overlays - rateFrom.overlays) * 1e9 / Double(now - rateFrom.ns)
      rateFrom = (overlays, now)
    }
    var status = AgentStatus(
      agent: identity.agent, run: identity.run, timeNs: WallClock.nowNs(), uptimeS: Double(now - startNs) / 1e9,
      state: counters.received == 0 ? .waiting : AgentStatus.State(state), model: model)
    if !frame.source.isEmpty {
      status.source = frame.source
      status.series = frame.series
      status.frame = frame.frame
    }
    status.received = counters.received
    status.gap = counters.total.gap
    status.skipped = counters.total.skipped
    status.rejected = counters.rejected
    status.overlays = overlays
    status.cells = cells
    status.framesPerS = framesPerS
    status.latencyMs = latencies.percentiles()
    return status
  }
}

extension AgentStatus.State {
  init(_ state: LatticeStateMachine.State) {
    switch state {
    case .searching: self = .searching
    case .locked: self = .locked
    case .lost: self = .lost
    }
  }
}
