// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Emulator
import Foundation
import GlazerCore
import Inference
import Training

struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains the network on samples drawn afresh from an emulator.",
    discussion: """
      Writes WEIGHTS.safetensors at the end, WEIGHTS.csv (the log) and WEIGHTS.checkpoint.safetensors on the way. Ctrl-C or \
      SIGTERM writes the checkpoint and ends with 130 or 143; --resume goes on from there and gives the same weights as a training that was \
      never interrupted. The same seed gives the same weights, whatever the number of threads.

      --begin-with takes the weights of an earlier training instead of random ones, for a second one with other ranges.

      Example: glazer train --config tools/train-perovskites.toml --output weights.safetensors
      """)

  @Option(help: "Configuration (TOML); paths in it are relative to it.") var config: String
  @Option(help: "Where to write the float weights.") var output: String
  @Flag(help: "Go on from the checkpoint beside the output.") var resume = false
  @Option(help: "Float weights to begin with; by default random ones.") var beginWith: String?
  @Flag(help: "Write the weights that training would begin with, and end (tools/torch starts from them).")
  var initialize = false
  @Option(help: "Threads.") var threads = ProcessInfo.processInfo.activeProcessorCount
  @Option(help: "Log (CSV); by default beside the output.") var log: String?

  private var checkpointPath: String { stem + ".checkpoint.safetensors" }
  private var stem: String { output.hasSuffix(".safetensors") ? String(output.dropLast(12)) : output }

  func validate() throws {
    guard !resume || beginWith == nil else {
      throw ValidationError(
        "--begin-with begins a training; --resume goes on with one, with the weights that it began with")
    }
  }

  func run() async throws {
    try await reportingErrors {
      try ThreadCount.check(threads)
      try WholeFile.check(output, checkpointPath, log, inputs: [config, beginWith])
      var configuration = try readConfiguration(TrainingConfiguration.self, path: config)
      try configuration.check()
      let emulatorPath = URL(
        fileURLWithPath: configuration.emulator,
        relativeTo: URL(fileURLWithPath: config).deletingLastPathComponent()
      ).path
      let library = try EmulatorLibrary(path: emulatorPath)
      // Weights travel; a place on this machine would not be found again.
      if configuration.emulator.hasPrefix("/") {
        configuration.emulator = URL(fileURLWithPath: configuration.emulator).lastPathComponent
      }
      let families = try configuration.crystalFamilies()
      try train(
        configuration, sources: try families.map { try library.emulator($0) },
        emulatorSha256: try library.sha256(of: families))
    }
  }

  private func train<Source: CellImageSource>(
    _ configuration: TrainingConfiguration, sources: [Source], emulatorSha256: String
  ) throws {
    let trainer = try Trainer(configuration, architecture: .compact, sources: sources, threads: threads)
    trainer.emulatorSha256 = emulatorSha256
    if let beginWith { try trainer.begin(with: ModelFile.read(beginWith, expecting: .float), file: beginWith) }
    if initialize {
      var weights = trainer.modelFile()
      try weights.write(output)
      return print("\(output): untrained weights, sha256 \(weights.sha256)")
    }
    let hasCheckpoint = FileManager.default.fileExists(atPath: checkpointPath)
    guard resume || !hasCheckpoint else { throw CheckpointInTheWay(path: checkpointPath) }
    if resume {
      try trainer.restore(ModelFile.read(checkpointPath, expecting: .float), file: checkpointPath)
    }
    let log = try TrainingLog(path: self.log ?? stem + ".csv", keepingUpTo: resume ? trainer.samplesDone : nil)
    let progress = TrainingProgress(totalSamples: configuration.steps * configuration.batch, done: trainer.samplesDone)
    StopSignals.install()
    let run = TrainingRun(trainer, sources: sources)
    try run.run(
      shouldStop: { StopSignals.received },
      onStep: { progress.update(samples: trainer.samplesDone) },
      onRow: { row in
        try log.append(row)
        progress.show(row)
      },
      onCheckpoint: {
        var checkpoint = trainer.checkpoint()
        try checkpoint.write(checkpointPath)
      })
    progress.finish()
    guard trainer.isDone else {
      throw Interruption(
        what: "stopped at \(trainer.samplesDone) samples", rest: "go on with --resume from \(checkpointPath)")
    }
    var weights = trainer.modelFile()
    try weights.write(output)
    try? FileManager.default.removeItem(atPath: checkpointPath)
    progress.say("\(output): \(trainer.samplesDone) samples, sha256 \(weights.sha256)")
  }
}

/// A new training would overwrite what an interrupted one has reached.
struct CheckpointInTheWay: DiagnosableError {
  var path: String
  var category: ErrorCategory { .usage }
  var description: String { "\(path): an interrupted training is here; go on with --resume, or remove it" }
}
