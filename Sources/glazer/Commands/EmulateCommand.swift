// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser

struct EmulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "emulate",
    abstract: "Fits an emulator to simulations, and samples images with labels from it.",
    subcommands: [
      EmulateFitCommand.self,
      EmulateSampleCommand.self,
    ])
}
