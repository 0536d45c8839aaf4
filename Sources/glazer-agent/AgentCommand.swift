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
        glazer-agent --config agent.toml --profile materials/LaAlO3 --check-config
      """,
    version: Glazer.version)

  @Option(
    name: .long, help: ArgumentHelp("The configuration; firmware-config/agent.toml shows every key.", valueName: "file")
  )
  var config: String

  @Option(
    name: .long,
    help: ArgumentHelp(
      """
      Defaults for a material or an instrument, beside those that the configuration asks for; again and again. A name such \
      as materials/SrTiO3 (in the folder profiles beside the configuration), or a file that ends in .toml.
      """, valueName: "profile"))
  var profile: [String] = []

  @Flag(
    name: .long,
    help: "Check the configuration and the model, print every value with where it came from, then end.")
  var checkConfig = false

  func run() throws {
    do {
      let effective = try EffectiveConfiguration(contentsOf: config, profiles: profiles)
      let configuration = effective.values
      let model = try TiltModel(contentsOf: configuration.model.path)
      if checkConfig {
        print(effective.listing)
        print("# \(config): good; model \(model.name), sha256 \(model.sha256.prefix(12))")
        return
      }
      try serve(configuration, model)
    } catch let error as any DiagnosableError {
      FileHandle.standardError.write(Data("glazer-agent: \(error.description)\n".utf8))
      throw ExitCode(error.category.exitCode)
    }
  }

  /// On a command line, paths are relative to the working directory.
  private var profiles: [String] {
    profile.map { $0.hasSuffix(".toml") ? URL(fileURLWithPath: $0).path : $0 }
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
