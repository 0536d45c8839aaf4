// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport
import Testing
import ZeroMQ

/// glazer-agent as a program: exit codes and one-line errors.
@Suite("glazer-agent", .serialized)
struct AgentProgramTests {
  private let folder: TemporaryDirectory

  init() throws {
    folder = try TemporaryDirectory()
    var model = RandomModel.int8()
    try model.write(folder.file("model.safetensors"))
  }

  /// The four lines of a minimal configuration, on free ports.
  private func configuration(
    output: UInt16? = nil, model: String = "model.safetensors", more: String = ""
  ) throws -> String {
    let path = folder.file("agent.toml")
    let (input, output) = (try freePort(), try output ?? freePort())
    try """
    [input]
    endpoint = "tcp://127.0.0.1:\(input)"
    \(more)
    [output]
    endpoint = "tcp://127.0.0.1:\(output)"
    [model]
    path = "\(model)"
    """.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func isOneLine(_ text: String) -> Bool { text.split(separator: "\n").count == 1 }

  @Test("a good configuration is checked with code 0; paths are relative to the file")
  func check() throws {
    let result = try Program.run("glazer-agent", "--config", try configuration(), "--check-config")
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.output.contains("random-test-model"))
  }

  @Test("an unknown key ends with 78 and names the key and its line")
  func unknownKey() throws {
    let path = try configuration(more: "speed = 3")
    for more in [[], ["--check-config"]] {
      let result = try Program("glazer-agent", ["--config", path] + more).result()
      #expect(result.code == 78)
      #expect(result.errors.contains("agent.toml:3: unknown key \"input.speed\"") && isOneLine(result.errors))
    }
  }

  @Test("a missing file or model ends with 66, a damaged model with 65")
  func files() throws {
    let noFile = try Program.run("glazer-agent", "--config", folder.file("none.toml"))
    #expect(noFile.code == 66 && noFile.errors.contains("none.toml") && isOneLine(noFile.errors))
    let noModel = try Program.run("glazer-agent", "--config", try configuration(model: "none.safetensors"))
    #expect(noModel.code == 66 && noModel.errors.contains("none.safetensors") && isOneLine(noModel.errors))
    let whole = try Data(contentsOf: URL(fileURLWithPath: folder.file("model.safetensors")))
    try whole.dropLast(100).write(to: URL(fileURLWithPath: folder.file("cut.safetensors")))
    let cut = try Program.run("glazer-agent", "--config", try configuration(model: "cut.safetensors"))
    #expect(cut.code == 65 && cut.errors.contains("cut.safetensors") && isOneLine(cut.errors))
  }

  @Test("a busy port ends with 69 and one line")
  func busyPort() throws {
    let socket = try Socket(.pub, in: try Context())
    try socket.bind("tcp://127.0.0.1:*")
    let port = try #require(UInt16(try socket.lastEndpoint().split(separator: ":").last ?? ""))
    let result = try Program.run("glazer-agent", "--config", try configuration(output: port))
    #expect(result.code == 69)
    #expect(result.errors.contains(":\(port)") && isOneLine(result.errors))
  }

  @Test("SIGTERM and SIGINT end it with code 0")
  func signals() throws {
    for end in [{ $0.terminate() }, { $0.interrupt() }] as [(Program) -> Void] {
      let agent = try Program("glazer-agent", ["--config", try configuration()])
      #expect(agent.waits { $0.errorsSoFar.contains("overlays on") })
      end(agent)
      let result = agent.result()
      #expect(result.code == 0, "\(result.errors)")
    }
  }

  @Test("without arguments it says what it wants, with 64; --version and --help answer")
  func usage() throws {
    #expect(try Program.run("glazer-agent").code == 64)
    #expect(try Program.run("glazer-agent", "--version").output == "0.1.0\n")
    #expect(try Program.run("glazer-agent", "--help").output.contains("--check-config"))
  }
}
