// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport
import Testing

/// Whether it measures, not how fast: a timed test fails on a busy machine.
@Suite("glazer bench")
struct BenchTests {
  @Test("bench prints JSON with the pipeline's and the agent's figures")
  func figures() throws {
    let folder = try TemporaryDirectory()
    var model = RandomModel.int8()
    try model.write(folder.file("model.safetensors"))
    let result = try Program.run(
      "glazer", "bench", "--model", folder.file("model.safetensors"), "--size", "192", "--cells", "100", "--frames",
      "4",
      "--fps", "20", seconds: 60)
    #expect(result.code == 0, "\(result.errors)")
    let json = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    for key in ["cells_per_s", "frames_per_s", "gmac_per_s", "first_frame_ms"] {
      #expect(try #require(json[key] as? Double) > 0, "\(key)")
    }
    let latency = try #require(json["latency_ms"] as? [String: [String: Double]])
    #expect(Set(latency.keys) == ["register", "infer", "encode", "total"])
    for stage in latency.values {
      let (p50, p99) = (try #require(stage["p50"]), try #require(stage["p99"]))
      #expect(p50 > 0 && p50 <= p99)
    }
    let agent = try #require(json["agent"] as? [String: Any])
    #expect(try #require(agent["peak_rss_mib"] as? Double) > 1)
    #expect(try #require(agent["start_up_ms"] as? Double) > 0)
  }

  @Test("numbers that make no sense end with 64")
  func usage() throws {
    #expect(try Program.run("glazer", "bench", "--size", "10").code == 64)
    #expect(try Program.run("glazer", "bench", "--cells", "5").code == 64)
  }
}
