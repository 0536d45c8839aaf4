// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore

extension AgentMetrics {
  /// The page that Prometheus scrapes. Counters begin at zero with each start of the agent, whose time
  /// `process_start_time_seconds` tells.
  public func prometheus(_ process: ProcessUsage?, health: (alive: Health, ready: Health)) -> String {
    var page = PrometheusText()
    page.identity(self)
    page.single("glazer_alive", flag: health.alive.isGood, "1 while the agent's loop turns, as /healthz says.")
    page.single("glazer_ready", flag: health.ready.isGood, "1 while a frame would be read, as /readyz says.")
    page.input(self)
    page.output(self)
    page.lattice(self)
    page.links(self)
    page.reloads(self)
    if let process { page.process(process) }
    return page.text
  }
}

extension PrometheusText {
  fileprivate mutating func identity(_ metrics: AgentMetrics) {
    family("glazer_agent_info", .gauge, "Version of the agent and UUID of this start.")
    sample("glazer_agent_info", [("agent", metrics.identity.agent), ("run", metrics.identity.run)], count: 1)
    family("glazer_model_info", .gauge, "The model in use; its SHA-256 is that of the weights.")
    sample("glazer_model_info", [("name", metrics.model.name), ("sha256", metrics.model.sha256)], count: 1)
  }

  fileprivate mutating func input(_ metrics: AgentMetrics) {
    single(
      "glazer_messages_received_total", .counter,
      "Messages taken in or replaced: published + skipped + rejected + beginnings and ends of series.",
      count: metrics.received)
    family("glazer_frames_skipped_total", .counter, "Frames that arrived and were not looked at, by reason.")
    sample("glazer_frames_skipped_total", [("reason", "newer_frame")], count: metrics.skipped)
    family("glazer_rejected_total", .counter, "Messages and frames that were refused, by reason.")
    for (reason, count) in zip(RejectionReason.allCases, metrics.rejected) {
      sample("glazer_rejected_total", [("reason", reason.rawValue)], count: count)
    }
    single(
      "glazer_series_starts_total", .counter, "Messages that began a series.", count: metrics.seriesStarts)
    single("glazer_series_ends_total", .counter, "Messages that ended a series.", count: metrics.seriesEnds)
    single(
      "glazer_frame_gaps_total", .counter, "Frame numbers that never arrived: lost before they reached this box.",
      count: metrics.gap)
  }

  fileprivate mutating func output(_ metrics: AgentMetrics) {
    single("glazer_overlays_published_total", .counter, "Frames that were read and published.", count: metrics.overlays)
    single("glazer_cells_published_total", .counter, "Cells in all published overlays.", count: metrics.totalCells)
    single("glazer_overlay_cells", .gauge, "Cells in the last overlay.", count: UInt64(metrics.cells))
    single(
      "glazer_last_overlay_timestamp_seconds", .gauge, "When the last overlay left, Unix time; 0 before the first.",
      value: Double(metrics.lastOverlayNs) / 1e9)
    family("glazer_stage_seconds", .histogram, "Time that frames spend in each stage; total is received to published.")
    for stage in Stage.allCases {
      histogram("glazer_stage_seconds", [("stage", stage.label)], metrics.stages[stage.rawValue])
    }
    single("glazer_clock_jumps_total", .counter, "Times that the wall clock was set.", count: metrics.clockJumps)
  }

  fileprivate mutating func lattice(_ metrics: AgentMetrics) {
    let isLocked = metrics.state == .locked
    single("glazer_lattice_locked", flag: isLocked, "1 while the lattice is followed from frame to frame.")
    family("glazer_lattice_state", .gauge, "1 for the state that the lattice is in.")
    for state in [LatticeStateMachine.State.searching, .locked, .lost] {
      sample("glazer_lattice_state", [("state", state.rawValue)], count: state == metrics.state ? 1 : 0)
    }
    family("glazer_lattice_changes_total", .counter, "Times that the lattice was found and lost.")
    sample("glazer_lattice_changes_total", [("to", "found")], count: metrics.latticesFound)
    sample("glazer_lattice_changes_total", [("to", "lost")], count: metrics.latticesLost)
    family("glazer_lattice_drift_pixels", .gauge, "Movement of the lattice from the frame before to the last one.")
    sample("glazer_lattice_drift_pixels", [("axis", "x")], value: metrics.driftPx.x)
    sample("glazer_lattice_drift_pixels", [("axis", "y")], value: metrics.driftPx.y)
    single(
      "glazer_lattice_residual_pixels", .gauge, "Rms distance of the columns from the lattice in the last frame.",
      value: metrics.residualPx)
  }

  fileprivate mutating func links(_ metrics: AgentMetrics) {
    let links = [("input", metrics.inputLink), ("output", metrics.outputLink)]
    family("glazer_link_encrypted", .gauge, "1 where the link uses CURVE.")
    for (name, link) in links { sample("glazer_link_encrypted", [("link", name)], count: link.isEncrypted ? 1 : 0) }
    family("glazer_connections_accepted_total", .counter, "Connections with a key on the list, of links that listen.")
    for (name, link) in links {
      sample("glazer_connections_accepted_total", [("link", name)], count: link.connections?.accepted ?? 0)
    }
    family("glazer_connections_refused_total", .counter, "Strangers, by what they came with.")
    for (name, link) in links {
      let (unknown, keyless) = (link.connections?.unknownKeys ?? 0, link.connections?.keyless ?? 0)
      sample("glazer_connections_refused_total", [("link", name), ("reason", "unknown_key")], count: unknown)
      sample("glazer_connections_refused_total", [("link", name), ("reason", "keyless")], count: keyless)
    }
  }

  fileprivate mutating func reloads(_ metrics: AgentMetrics) {
    family("glazer_reloads_total", .counter, "Reloads of configuration and model, by what became of them.")
    sample("glazer_reloads_total", [("result", "adopted")], count: metrics.reloads)
    sample("glazer_reloads_total", [("result", "refused")], count: metrics.reloadsRefused)
    single(
      "glazer_reload_refused", flag: metrics.isReloadRefused,
      "1 while the files on the disk were refused and older ones run.")
    single(
      "glazer_last_reload_timestamp_seconds", .gauge, "When files were last read again, Unix time; 0 for never.",
      value: Double(metrics.lastReloadNs) / 1e9)
  }

  fileprivate mutating func process(_ usage: ProcessUsage) {
    single("process_start_time_seconds", .gauge, "When the agent started, Unix time.", value: usage.startTimeS)
    single("process_cpu_seconds_total", .counter, "Processor time, user and system.", value: usage.cpuS)
    single("process_resident_memory_bytes", .gauge, "Resident memory.", count: UInt64(usage.residentBytes))
    single("process_open_fds", .gauge, "Open file descriptors.", count: UInt64(usage.openFiles))
    single("process_threads", .gauge, "Threads.", count: UInt64(usage.threads))
  }
}
