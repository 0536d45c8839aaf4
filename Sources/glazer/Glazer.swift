// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import GlazerCore

@main
struct GlazerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "glazer",
    abstract: "Octahedral rotations from ABF-STEM images of perovskites: simulate, train, infer, stream.",
    version: Glazer.version,
    // One line a subcommand, one file a subcommand (Commands/).
    subcommands: [
      BenchCommand.self,
      BenchNetworkCommand.self,
      BenchTrainingCommand.self,
      DoctorCommand.self,
      EmulateCommand.self,
      EvaluateCommand.self,
      ExportCommand.self,
      InferCommand.self,
      KeygenCommand.self,
      PublishCommand.self,
      QuantizeCommand.self,
      RecordCommand.self,
      RecoverCommand.self,
      RegionsStudyCommand.self,
      RegisterCommand.self,
      RegisterStudyCommand.self,
      ReplayCommand.self,
      SimulateCommand.self,
      StatusCommand.self,
      StructureCommand.self,
      SynthesizeCommand.self,
      TrackCommand.self,
      TrainCommand.self,
      ViewCommand.self,
      WatchCommand.self,
    ])

  static func main() async { await main(ArgumentValues.tied(Array(CommandLine.arguments.dropFirst()))) }
}
