// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport
import Testing

/// The systemd unit and its drop-ins, as shipped.
@Suite("systemd unit")
struct UnitTests {
  private static let hasAnalyzer = FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze")

  @Test(
    "systemd takes the unit with each drop-in, and finds it sandboxed",
    .enabled(if: hasAnalyzer, "needs systemd-analyze"))
  func units() throws {
    let script = SharedData.repository.appendingPathComponent("tools/check-units").path
    let result = try Program.run(script)
    #expect(result.code == 0, "\(result.output)\(result.errors)")
    let names = ["glazer-agent.service", "with cpu-pinning.conf", "with realtime.conf", "with all"]
    let lines = result.output.split(separator: "\n")
    for name in names { #expect(lines.contains { $0.hasPrefix(name) && $0.hasSuffix("good") }, "\(name)") }
  }
}
