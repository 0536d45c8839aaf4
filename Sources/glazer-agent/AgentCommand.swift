// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import GlazerCore

@main
struct AgentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "glazer-agent",
    abstract: "Reads octahedral rotations from a live frame stream and publishes overlays.",
    version: Glazer.version)
}
