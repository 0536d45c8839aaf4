// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore

/// What an agent does, on one screen. A pure function of what was heard, so that it is tested as text.
struct StatusScreen {
  /// Where the agent was asked.
  var place: String
  var status: AgentStatus?
  /// Why the agent does not let us in; nil where it does, or nobody is there.
  var refusal: String?
  /// The first message that could not be read.
  var damage: String?
  /// Seconds since the status came.
  var ageS = 0.0
  var event: ReceivedEvent?
  var eventAgeS = 0.0

  /// A status comes once a second, or as often as the agent's configuration says.
  static let silenceS = 3.0

  /// Names come from frames, and whoever answers need not be an agent.
  var text: String { lines.map(\.onOneLine).joined(separator: "\n") + "\n" }

  private var lines: [String] {
    let damaged = damage.map { [Self.row("damaged", $0)] } ?? []
    guard let status else { return [refusal ?? "\(place): no status yet; is the agent running?"] + damaged }
    var lines = ["\(status.agent)  up \(Self.duration(status.uptimeS))  at \(place)"]
    if status.state == .ended {
      lines.append("The agent has ended.")
    } else if ageS > Self.silenceS {
      lines.append("No status for \(Int(ageS)) s: what follows is old.")
    }
    lines += [Self.row("lattice", lattice(status)), Self.row("stream", stream(status))]
    lines += [Self.row("latency", latency(status)), Self.row("stages", stages(status))]
    lines.append(
      Self.row(
        "input",
        "received \(status.received), published \(status.overlays), skipped \(status.skipped), "
          + "rejected \(status.rejected.reduce(0, +)); never arrived \(status.gap)"))
    let rejected = zip(RejectionReason.allCases, status.rejected).filter { $1 > 0 }
    if !rejected.isEmpty {
      lines.append(Self.row("rejected", rejected.map { "\($0.rawValue) \($1)" }.joined(separator: ", ")))
    }
    lines.append(Self.row("links", "input \(link(status.inputLink)); output \(link(status.outputLink))"))
    lines.append(Self.row("model", "\(status.model.name)  \(status.model.sha256.prefix(12))"))
    if let event { lines.append(Self.row("event", "\(Int(eventAgeS)) s ago: \(WatchCommand.line(event))")) }
    return lines + damaged
  }

  private func lattice(_ status: AgentStatus) -> String {
    guard let lattice = status.lattice else { return status.state.rawValue }
    return status.state.rawValue
      + String(
        format: "  drift %+.2f %+.2f px, residual %.2f px", lattice.driftPx.x, lattice.driftPx.y, lattice.residualPx)
  }

  private func stream(_ status: AgentStatus) -> String {
    guard let source = status.source, let frame = status.frame else { return "no frames yet" }
    let series = status.series.map { " series \($0)," } ?? ""
    return "\(source),\(series) frame \(frame)"
      + String(format: "  %.1f frames/s, %d cells", status.framesPerS, status.cells)
  }

  private func latency(_ status: AgentStatus) -> String {
    guard let latency = status.latencyMs else { return "-" }
    return String(
      format: "%.1f ms median, %.1f ms p95, %.1f ms p99, received to published", latency.p50, latency.p95, latency.p99)
  }

  private func stages(_ status: AgentStatus) -> String {
    guard let stages = status.stageMs else { return "-" }
    return String(
      format: "queued %.1f, registration %.1f, inference %.1f, publication %.1f ms mean", stages.queued,
      stages.registration, stages.inference, stages.publication)
  }

  private func link(_ link: AgentStatus.LinkStatus) -> String {
    guard link.isEncrypted else { return "in plain text" }
    return "CURVE" + (link.connections.map { ", \($0.accepted) accepted, \($0.refused) refused" } ?? "")
  }

  private static func row(_ name: String, _ text: String) -> String {
    name + String(repeating: " ", count: max(1, 10 - name.count)) + text
  }

  static func duration(_ seconds: Double) -> String {
    let s = Int(max(0, min(seconds, 1e12)))
    if s < 60 { return "\(s) s" }
    if s < 3600 { return "\(s / 60) min \(s % 60) s" }
    return s < 86400 ? "\(s / 3600) h \(s / 60 % 60) min" : "\(s / 86400) d \(s / 3600 % 24) h"
  }
}
