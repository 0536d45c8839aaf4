// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import Foundation
import TestSupport
import Testing
import ZeroMQ

@testable import glazer

@Suite("doctor", .serialized)
struct DoctorTests {
  private let folder: TemporaryDirectory
  private let monitor: UInt16

  init() throws {
    folder = try TemporaryDirectory()
    var model = RandomModel.int8()
    try model.write(folder.file("model.safetensors"))
    monitor = try freePort()
  }

  private func configure(output: String, more: String = "") throws -> String {
    try """
    [input]
    endpoint = "tcp://127.0.0.1:\(try freePort())"
    [output]
    endpoint = "\(output)"
    [model]
    path = "model.safetensors"
    [monitor]
    http = "127.0.0.1:\(monitor)"
    \(more)
    """.write(toFile: folder.file("agent.toml"), atomically: true, encoding: .utf8)
    return folder.file("agent.toml")
  }

  private struct Report: Decodable {
    struct Check: Decodable { var check, verdict, facts: String }
    var verdict: String
    var checks: [Check]

    subscript(name: String) -> Check? { checks.first { $0.check == name } }
  }

  private func doctor(_ configuration: String, _ more: String...) throws -> (code: Int32, report: Report) {
    let small = ["--size", "256", "--cells", "90", "--frames", "3", "--fps", "0.1", "--recordings", folder.path]
    let result = try Program("glazer", ["doctor", "--config", configuration, "--json"] + small + more).result(
      seconds: 60)
    return (result.code, try JSONDecoder().decode(Report.self, from: Data(result.output.utf8)))
  }

  @Test("a box that is fit: every check is made, none fails, code 0, and nothing is left behind")
  func fit() throws {
    let path = try configure(output: "tcp://127.0.0.1:\(try freePort())")
    let (code, report) = try doctor(path)
    #expect(code == 0 && report.verdict != "fail", "\(report)")
    let names = [
      "agent", "libraries", "configuration", "processor", "memory", "clock", "curve", "monitor", "input", "output",
      "disk",
      "model", "frame rate",
    ]
    #expect(report.checks.map(\.check) == names)
    #expect(report["libraries"]?.facts.contains("libzmq.so.5") == true)
    #expect(report["curve"]?.verdict == "ok" && report["model"]?.verdict == "ok")
    #expect(report["input"]?.verdict == "warn" && report["input"]?.facts.hasPrefix("nobody answers at ") == true)
    #expect(report["frame rate"]?.facts.contains("frames/s of 256 x 256") == true)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(left) == ["agent.toml", "model.safetensors"])
  }

  @Test("beside a running agent its ports are its own; beside another program they are taken, with code 1")
  func ports() throws {
    let socket = try Socket(.pub, in: try Context())
    try socket.bind("tcp://127.0.0.1:*")
    let (code, report) = try doctor(try configure(output: try socket.lastEndpoint()))
    #expect(code == 1 && report.verdict == "fail")
    #expect(
      report["output"]?.verdict == "fail" && report["output"]?.facts.hasSuffix("in use by another program") == true)

    let path = try configure(output: "tcp://127.0.0.1:\(try freePort())")
    let agent = try Program("glazer-agent", ["--config", path])
    #expect(agent.waits { $0.errorsSoFar.contains("overlays on") }, "\(agent.errorsSoFar)")
    let (besideCode, beside) = try doctor(path)
    #expect(besideCode == 0)
    #expect(beside["monitor"]?.facts.hasPrefix("an agent is running") == true)
    #expect(beside["output"]?.verdict == "ok" && beside["output"]?.facts.hasSuffix("an agent is running") == true)
    agent.terminate()
    #expect(agent.result().code == 0)
  }

  @Test("what is broken is named: the model, the configuration, the folder of recordings; a slow box is a warning")
  func broken() throws {
    let path = try configure(output: "tcp://127.0.0.1:\(try freePort())", more: "[input]\nquuee = 1")
    let (code, report) = try doctor(path, "--recordings", "/nowhere", "--fps", "100000")
    #expect(code == 1)
    #expect(
      report["configuration"]?.verdict == "fail" && report["configuration"]?.facts.contains("agent.toml:") == true)
    #expect(report["disk"]?.verdict == "fail" && report["model"] == nil)

    try Data([1, 2, 3]).write(to: URL(fileURLWithPath: folder.file("bad.safetensors")))
    let (model, finding) = ModelChecks.selfTest(folder.file("bad.safetensors"))
    #expect(model == nil && finding.verdict == .fail && finding.facts.contains("bad.safetensors"))
    let (good, _) = ModelChecks.selfTest(folder.file("model.safetensors"))
    let slow = ModelChecks.frameRate(try #require(good), size: 256, cells: 90, frames: 2, wantedFps: 1e5)
    #expect(slow.verdict == .warn && slow.advice?.contains("below the 100000 wanted") == true)
  }

  @Test("libraries that are missing are named; a line reads like a line")
  func lines() {
    let ldd = """
      \tlinux-vdso.so.1 (0x00007ffd)
      \tlibzmq.so.5 => /nowhere/libzmq.so.5.2.4 (0x00007f)
      \tlibsodium.so.23 => not found
      \tlibc.so.6 => /lib/libc.so.6 (0x00007f)
      """
    let finding = AgentChecks.libraries(ldd: ldd)
    #expect(finding.verdict == .fail && finding.facts == "not found: libsodium.so.23")
    #expect(
      AgentChecks.libraries(ldd: ldd.replacing("not found", with: "/x/libsodium.so.23")).facts.hasPrefix(
        "libzmq.so.5.2.4"))
    #expect(
      Finding.warn("clock", "not synchronised", "timedatectl").line
        == "WARN  clock          not synchronised -> timedatectl")
    #expect(DoctorReport(program: "p", [.ok("a", ""), .warn("b", "", ""), .ok("c", "")]).verdict == .warn)
  }

  @Test("a message over CURVE gets through from a listed client only, as the check finds")
  func curve() { #expect(LinkChecks.curve().verdict == .ok) }
}
