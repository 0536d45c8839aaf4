// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Emulator
import Foundation
import GlazerCore
import Inference
import Training

struct EmulatePatchesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "patches",
    abstract: "Writes the samples that a training draws, with what they show.",
    discussion: """
      Sample number n is the one that 'glazer train' draws as its n-th, whoever draws it: a set can be cut into parts at \
      will. Network, ranges and seed are those of the weights. The output is a NumPy array of records with the tilt, the \
      imaging conditions and the normalised patch; '-' writes it to standard output for tools/torch/train.py.

      Example: glazer emulate patches initial.safetensors --count 100000 --output samples.npy
      """)

  enum Part: String, ExpressibleByArgument { case training, validation }

  @Argument(help: "Float weights, trained or of 'glazer train --initialize'.") var weights: String
  @Option(help: "Emulator; by default the one that the training names.") var emulator: String?
  @Option(help: "Number of samples.") var count: Int
  @Option(help: "Number of the first sample.") var first = 0
  @Option(help: "Samples in a row; by default all.") var block: Int?
  @Option(help: "Distance from the beginning of one block to that of the next.") var every: Int?
  @Option(help: "Tilts of training, or those that training never draws, at the dose of validation.")
  var part = Part.training
  @Option(help: "Where to write them (.npy), or - for standard output.") var output: String

  func validate() throws {
    guard (1...1_000_000_000).contains(count) else { throw ValidationError("--count takes 1 to 1000000000") }
    guard (0...1_000_000_000_000).contains(first) else { throw ValidationError("--first takes 0 to 10^12") }
    guard (1...count).contains(block ?? count) else { throw ValidationError("--block takes 1 to --count") }
    guard (1...1_000_000_000).contains(every ?? 1) else { throw ValidationError("--every takes 1 to 1000000000") }
  }

  func run() async throws {
    try await reportingErrors {
      try WholeFile.check(output == "-" ? nil : output, inputs: [weights, emulator])
      let trained = try TrainedWeights(path: weights)
      let sources = try trained.ownEmulators(named: emulator)
      var ranges = trained.training.ranges
      var seed = trained.training.seed
      if part == .validation {
        let dose = trained.training.validationDosePerA2
        ranges.dosePerA2 = Interval(dose, dose)
        seed = TrainingRun<Emulator>.validationSeed
      }
      let patch = trained.file.architecture.patch
      let generator = SampleGenerator(sources: sources, ranges: ranges, geometry: try trained.geometry())
      let records = SampleRecords(patch: patch)
      var pixels = [Float](repeating: 0, count: patch.count)
      var buffer = records.header(count: count)
      let isStream = output == "-"
      // A reader that has enough closes its end; that is no fault.
      if isStream { signal(SIGPIPE, SIG_DFL) }
      let staged = try isStream ? nil : StagedOutput(path: output)
      let progress = isStream ? nil : ProgressBar("drawing")
      let size = block ?? count
      for n in 0..<count {
        let index = first + n / size * (every ?? size) + n % size
        let truth = generator.draw(
          seed: seed, index: UInt64(index), part: part == .training ? .training : .validation, into: &pixels)
        records.append(truth, pixels: pixels, to: &buffer)
        if buffer.count >= 1 << 20 || n % size == size - 1 || n == count - 1 {
          try staged?.write(buffer) ?? StandardOutput.write(buffer)
          buffer.removeAll(keepingCapacity: true)
          progress?.update(Double(n + 1) / Double(count))
        }
      }
      try staged?.commit()
      progress?.finish()
      if !isStream { print("\(output): \(count) samples of \(patch.height) × \(patch.width) pixels") }
    }
  }
}
