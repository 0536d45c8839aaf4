// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore

/// Gathers what `status` and `/metrics` tell. Belongs to the loop; others read the board.
struct AgentMonitor {
  private let identity: RunIdentity
  private let board: MonitorBoard
  private var model: OverlayModel
  private let security: AgentSecurity
  private let startNs = SteadyClock.nowNs()
  private var latencies = LatencyWindow()
  private var clock = ClockWatch()
  /// Overlays still to come whose times may be of both sides of a jump: of the frame on its way, and of the one that waits in the mailbox.
  private var suspectOverlays = 0
  /// Sums over the overlays since the last status that told them.
  private var stages = StageSums()
  private var lattice: AgentStatus.LatticeState?
  private var overlays: UInt64 = 0
  private var cells = 0
  /// Overlays and time of the last status that gave a rate, and that rate.
  private var rateFrom: (overlays: UInt64, ns: UInt64)
  private var framesPerS = 0.0
  private var stageMs: AgentStatus.StageMs?

  init(identity: RunIdentity, model: OverlayModel, board: MonitorBoard, security: AgentSecurity) {
    self.security = security
    self.identity = identity
    self.model = model
    self.board = board
    rateFrom = (0, startNs)
    board.show(AgentMetrics(identity: identity, model: model))
  }

  /// By how many seconds the wall clock was set since the last call; nil where it only ran.
  mutating func clockJumpS() -> Double? {
    guard let jumpS = clock.jumpS() else { return nil }
    suspectOverlays = 2
    board.update { $0.clockJumps += 1 }
    return jumpS
  }

  /// With the counters, in one step: at any moment that somebody looks, every message received is accounted for.
  mutating func published(_ header: OverlayHeader, cells: Int, counters: InputCounters) {
    overlays += 1
    self.cells = cells
    board.update {
      $0.take(counters)
      $0.published(header, cells: cells, isTimed: suspectOverlays == 0)
    }
    lattice = AgentStatus.LatticeState(driftPx: header.lattice.driftPx, residualPx: header.lattice.residualPx)
    if suspectOverlays == 0 {
      latencies.add(ms: Stage.total.seconds(header.times) * 1000)
      stages.add(header.times)
    }
    suspectOverlays = max(0, suspectOverlays - 1)
  }

  /// After whatever may have changed the counters.
  func counted(_ counters: InputCounters, state: LatticeStateMachine.State) {
    board.update {
      $0.take(counters)
      $0.state = state
    }
  }

  func happened(_ kind: AgentEvent.Kind) {
    switch kind {
    case .latticeFound: board.update { $0.latticesFound += 1 }
    case .latticeLost: board.update { $0.latticesLost += 1 }
    default: break
    }
  }

  /// The model that runs from now on; it may be the one before.
  mutating func reloaded(_ model: OverlayModel) {
    self.model = model
    board.update {
      $0.model = model
      $0.reloads += 1
      $0.isReloadRefused = false
      $0.lastReloadNs = WallClock.nowNs()
    }
  }

  func reloadRefused() {
    board.update {
      $0.reloadsRefused += 1
      $0.isReloadRefused = true
      $0.lastReloadNs = WallClock.nowNs()
    }
  }

  mutating func status(
    state: LatticeStateMachine.State, counters: InputCounters, frame: FrameHeader, isEnding: Bool = false
  ) -> AgentStatus {
    let now = SteadyClock.nowNs()
    // A status sent between two regular ones, for a new subscriber, repeats the rate of the last.
    if now - rateFrom.ns > 900_000_000 {
      framesPerS = Double(overlays - rateFrom.overlays) * 1e9 / Double(now - rateFrom.ns)
      rateFrom = (overlays, now)
      stageMs = stages.takeMeans()
    }
    var status = AgentStatus(
      agent: identity.agent, run: identity.run, timeNs: WallClock.nowNs(), uptimeS: Double(now - startNs) / 1e9,
      state: isEnding ? .ended : counters.received == 0 ? .waiting : AgentStatus.State(state), model: model)
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
    status.inputLink = AgentStatus.LinkStatus(security.input)
    status.outputLink = AgentStatus.LinkStatus(security.output)
    status.stageMs = stageMs
    status.lattice = lattice
    board.update { ($0.inputLink, $0.outputLink) = (status.inputLink, status.outputLink) }
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

/// Adds up the times of a few frames, for their means.
private struct StageSums {
  private var frames = 0.0
  private var sumS = InlineArray<5, Double>(repeating: 0)

  mutating func add(_ times: OverlayTimes) {
    frames += 1
    for stage in Stage.allCases { sumS[stage.rawValue] += stage.seconds(times) }
  }

  /// Nil where no frame came since the last call.
  mutating func takeMeans() -> AgentStatus.StageMs? {
    defer { self = StageSums() }
    guard frames > 0 else { return nil }
    func mean(_ stage: Stage) -> Double { sumS[stage.rawValue] / frames * 1000 }
    return AgentStatus.StageMs(
      queued: mean(.queued), registration: mean(.registration), inference: mean(.inference),
      publication: mean(.publication))
  }
}
