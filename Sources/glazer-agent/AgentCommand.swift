// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import ArgumentParser
import Foundation
import FrameIO
import GlazerCore
import Inference
import Logging

@main
struct AgentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "glazer-agent",
    abstract: "Reads octahedral rotations from a live frame stream and publishes overlays.",
    discussion: """
      Frames come in over ZeroMQ, the lattice of B columns is registered, a quantized network reads the tilt of every cell, \
      and overlays go out over ZeroMQ. It runs until SIGTERM or SIGINT.

      Example:
        glazer-agent --config agent.toml --check-config
        glazer-agent --config agent.toml
      """,
    version: Glazer.version)

  @Option(
    name: .long, help: ArgumentHelp("The configuration; firmware-config/agent.toml shows every key.", valueName: "file")
  )
  var config: String

  @Flag(name: .long, help: "Check the configuration and the model, then end.")
  var checkConfig = false

  func run() throws {
    do {
      let configuration = try ConfigurationFile.load(config)
      let model = try TiltModel(contentsOf: configuration.model.path)
      if checkConfig {
        print("\(config): good; model \(model.name), sha256 \(model.sha256.prefix(12))")
        return
      }
      try serve(configuration, model)
    } catch let error as any DiagnosableError {
      FileHandle.standardError.write(Data("glazer-agent: \(error.description)\n".utf8))
      throw ExitCode(error.category.exitCode)
    }
  }

  private func serve(_ configuration: AgentConfiguration, _ model: TiltModel) throws {
    LoggingSystem.bootstrap(StreamLogHandler.standardError)
    let log = Logger(label: "glazer-agent")
    let stop = StopRequest()
    let signals = ShutdownSignals(stop)
    let service = try AgentService(model: model, configuration: configuration)
    service.log = { event in
      let text = event.count > 1 ? "\(event.message) (\(event.count) times)" : event.message
      switch event.kind {
      case .rejected: log.warning("\(event.reason?.rawValue ?? "rejected"): \(text)")
      default: log.info("\(text)")
      }
    }
    log.info("model \(model.name), frames from \(service.inputEndpoint), overlays on \(service.outputEndpoint)")
    try service.run(until: stop)
    log.info("ended")
    withExtendedLifetime(signals) {}
  }
}
