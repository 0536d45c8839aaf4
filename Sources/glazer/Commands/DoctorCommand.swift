// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import ArgumentParser
import Foundation
import GlazerCore

/// `glazer doctor`: is this box fit to run the agent?
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Checks whether this box is fit to run the agent, and says what to do where not.",
    discussion: """
      One line a check: OK, WARN (works, not as well as it should) or FAIL (the agent will not do its work), what was seen, \
      and what to do. Ends with code 0 when nothing failed, else 1. Run it as the user that the agent runs as, with the agent \
      stopped or running; it writes 64 MB into the folder of recordings and takes them away again.

      Example:
        glazer doctor --config /etc/glazer/agent.toml --recordings /var/lib/glazer --size 1024 --cells 1000 --fps 10
      """)

  @Option(
    name: .long, help: ArgumentHelp("The agent's configuration; defaults without.", valueName: "agent.toml"))
  var config: String?

  @Option(name: .long, help: ArgumentHelp("Where recordings go.", valueName: "folder"))
  var recordings = "."

  @Option(help: "Width and height of the frames to expect, pixels.") var size = 1024
  @Option(help: "B columns in a frame, about.") var cells = 1000
  @Option(help: "Frames per second that are wanted.") var fps = 10.0
  @Option(help: "Frames to measure.") var frames = 20
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    guard (64...8192).contains(size) else { throw ValidationError("--size takes 64 to 8192") }
    guard (2...10_000).contains(frames) else { throw ValidationError("--frames takes 2 to 10000") }
    guard (0.01...100_000).contains(fps) else { throw ValidationError("--fps takes 0.01 to 100000") }
    let range = BenchCommand.cells(inFrameOf: size)
    guard range.contains(cells) else {
      throw ValidationError("--cells takes \(range.lowerBound) to \(range.upperBound) for \(size) pixels")
    }
  }

  func run() async throws {
    var findings: [Finding] = []
    func report(_ finding: Finding) {
      findings.append(finding)
      guard !json else { return }
      print(finding.line)
      // Some checks take seconds: what is known is seen.
      fflush(nil)
    }
    report(AgentChecks.program())
    report(AgentChecks.libraries())
    var configuration: AgentConfiguration? = AgentConfiguration()
    if let config {
      let (read, finding) = AgentChecks.configuration(config)
      configuration = read
      report(finding)
    } else {
      configuration?.model.path = (try? ModelLocation.resolve(nil)) ?? ModelLocation.defaultPath
    }
    report(BoxChecks.processor())
    report(BoxChecks.memory())
    report(BoxChecks.clock())
    report(LinkChecks.curve())
    if let configuration {
      let (isAgentRunning, monitor) = LinkChecks.monitor(configuration)
      report(monitor)
      report(LinkChecks.input(configuration, isAgentRunning: isAgentRunning))
      report(LinkChecks.output(configuration, isAgentRunning: isAgentRunning))
    }
    report(DiskCheck(folder: recordings, wantedBytesPerS: Double(size * size * 2) * fps).run())
    if let configuration {
      let (model, finding) = ModelChecks.selfTest(configuration.model.path)
      report(finding)
      if let model {
        report(ModelChecks.frameRate(model, size: size, cells: cells, frames: frames, wantedFps: fps))
      }
    }
    let result = DoctorReport(program: "glazer \(Glazer.version)", findings)
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(result), as: UTF8.self))
    }
    if result.verdict == .fail { throw ExitCode(1) }
  }
}
