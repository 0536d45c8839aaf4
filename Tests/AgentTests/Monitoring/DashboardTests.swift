// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import TestSupport
import Testing

@testable import Agent

/// The Grafana dashboard and the exporter know of each other by names alone: neither may have one that the other lacks.
@Suite("Grafana dashboard")
struct DashboardTests {
  private static let folder = SharedData.repository.appendingPathComponent("firmware-config/grafana")

  /// Names of samples, as a scrape of a running agent has them.
  private func exported() throws -> Set<String> {
    let metrics = AgentMetrics(identity: RunIdentity(), model: OverlayModel(name: "m", sha256: "s"))
    let health = Health(isGood: true, reason: "")
    let text = metrics.prometheus(ProcessUsage.own(), health: (health, health))
    return Set(try Exposition(text).samples.map(\.name))
  }

  private func names(in text: String) -> Set<String> {
    Set(text.matches(of: /\b(?:glazer|process)_[a-z_]+/).map { String($0.0) })
  }

  @Test("every metric that a panel or an alarm names is exported, and every exported metric has a panel")
  func names() throws {
    struct Dashboard: Decodable {
      struct Panel: Decodable {
        struct Target: Decodable { var expr: String }
        var title: String
        var targets: [Target]?
      }
      var panels: [Panel]
    }
    let data = try Data(contentsOf: Self.folder.appendingPathComponent("glazer-agent.json"))
    let dashboard = try JSONDecoder().decode(Dashboard.self, from: data)
    let exported = try exported()
    var shown: Set<String> = []
    for panel in dashboard.panels {
      for target in panel.targets ?? [] {
        let names = names(in: target.expr)
        #expect(!names.isEmpty && names.isSubset(of: exported), "\(panel.title): \(target.expr)")
        shown.formUnion(names)
      }
    }
    #expect(exported.subtracting(shown).isEmpty)
    let readme = try String(contentsOf: Self.folder.appendingPathComponent("README.md"), encoding: .utf8)
    #expect(names(in: readme).isSubset(of: exported))
  }
}
