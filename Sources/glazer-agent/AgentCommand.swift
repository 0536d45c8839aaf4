// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import ArgumentParser
import Foundation
import GlazerCore

@main
struct AgentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "glazer-agent",
    abstract: "Reads octahedral rotations from a live frame stream and publishes overlays.",
    version: Glazer.version)

  @Option(name: .long, help: ArgumentHelp("The configuration; agent.toml shows every key.", valueName: "file"))
  var config: String

  @Flag(name: .long, help: "Check the configuration and the model, then end.")
  var checkConfig = false

  func run() throws {
    _ = try ConfigurationFile.load(config)
  }
}
