// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser

struct EmulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "emulate",
    abstract: "Fits an emulator to simulations, samples images with labels from it, and says what they can tell.",
    subcommands: [
      EmulateBoundCommand.self,
      EmulateSimulateCommand.self,
      EmulateFitCommand.self,
      EmulateTestCommand.self,
      EmulatePatchesCommand.self,
      EmulateSampleCommand.self,
    ])
}
