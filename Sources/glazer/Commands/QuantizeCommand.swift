// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Emulator
import Foundation
import GlazerCore
import Inference
import Training

struct QuantizeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize",
    abstract: "Turns trained float weights into the int8 model that the engine runs.",
    discussion: """
      Folds batch norm, takes the steps of activations from freshly drawn samples, fits what counts as familiar and the \
      factors on the stated standard deviations, works out which splits the training's images can show at all (metadata \
      detection_limit), and prints the errors of float and int8 side by side.

      Example: glazer quantize weights.safetensors --emulator perovskites.safetensors --output model.safetensors
      """)

  @Argument(help: "Float weights (or a checkpoint) from glazer train.") var weights: String
  @Option(help: "Where to write the int8 model.") var output: String
  @Option(help: "Emulator; by default the one that the training names.") var emulator: String?
  @Option(help: "Samples to calibrate with, and as many again to check.") var samples = 16_384
  @Option(help: "Seed of the calibration samples.") var seed: UInt64 = 4711
  @Option(help: "Name of the model; by default that of the weights.") var name: String?

  func run() async throws {
    try await reportingErrors {
      guard (100...1_000_000).contains(samples) else { throw ValidationError("--samples takes 100 to 1000000") }
      try WholeFile.check(output, inputs: [weights, emulator])
      let trained = try TrainedWeights(path: weights)
      let sources = try trained.emulators(named: emulator)
      let progress = ProgressBar("quantizing")
      let result = try Quantization(
        state: trained.state, sources: sources, geometry: try trained.geometry(), ranges: trained.training.ranges,
        samples: samples,
        seed: seed
      ).run { progress.update($0) }
      progress.finish()
      var metadata = trained.file.metadata.filter { ["targets", "training", "training_samples"].contains($0.key) }
      metadata["weights_sha256"] = trained.file.sha256
      metadata["evaluation"] = result.evaluationJSON
      metadata[DetectionTable.metadataKey] = result.detection.json
      metadata[LastingErrors.metadataKey] = result.lasting.json
      metadata[TrainedConditions.metadataKey] = sources.first?.imaging?.json
      metadata["quantization"] = "{\"samples\":\(samples),\"seed\":\(seed)}"
      var model = ModelFile(
        format: .int8, name: name ?? trained.file.name, architecture: trained.file.architecture,
        sigmaScale: result.sigmaScale, metadata: metadata, tensors: result.tensors)
      print(result.text)
      try model.write(output)
      print("\(output): sha256 \(model.sha256)")
    }
  }
}
