// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Foundation

struct BenchTrainingCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-training",
    abstract: "Measures the training alone on one thread; prints a line of JSON.",
    discussion: """
      Steps of the optimiser on one batch of noise; samples are not drawn meanwhile. The rate is per second of CPU time, \
      so that it can be compared with PyTorch's on a shared machine; tools/compare/torch_training.py does that.

      Example: glazer bench-training tools/weights/srtio3-compact.safetensors
      """)

  @Argument(help: "Float weights, trained or of 'glazer train --initialize'.") var weights: String
  @Option(help: "CPU seconds to measure.") var seconds = 3.0

  func run() async throws {
    try await reportingErrors {
      guard (0.1...3600).contains(seconds) else { throw ValidationError("--seconds takes 0.1 to 3600") }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let trained = try TrainedWeights(path: weights)
      let report = TrainingBench(trained: trained).run(seconds: seconds)
      print(String(decoding: try encoder.encode(report), as: UTF8.self))
    }
  }
}
