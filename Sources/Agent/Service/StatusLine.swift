// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore

extension AgentStatus {
  /// What a person wants to know at a glance, as `systemctl status` shows it.
  public var line: String {
    var parts: [String] = []
    if let source, let frame {
      let name = source + (series.map { " \($0)" } ?? "")
      parts.append("\(state.rawValue): frame \(frame) of \(name), \(cells) cells")
      parts.append("\(Self.short(framesPerS)) frames/s")
    } else {
      parts.append(state == .waiting ? "waiting for frames" : state.rawValue)
    }
    if let latencyMs { parts.append("latency \(Self.short(latencyMs.p50)) ms, p99 \(Self.short(latencyMs.p99)) ms") }
    parts.append("skipped \(skipped), rejected \(rejected.reduce(0, +)), gaps \(gap)")
    parts.append("model \(model.name) \(model.sha256.prefix(12))")
    // Names come from frames.
    return parts.joined(separator: "; ").onOneLine
  }

  private static func short(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
