// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Emulator
import Foundation
import GlazerCore
import Inference
import Multislice
import Regions
import Training

struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Scores a model on emulated images that it has never seen.",
    discussion: """
      Root mean square errors per B column at three doses and three sources, int8 and (with --weights) float beside a \
      fit of column positions and ellipses (classical, calibrated on samples of the same condition) and a predictor that has \
      not looked. --report writes a page with plots; --log adds the curves of a training to it.

      "over bound" divides the errors by the least that the noise of the electrons on a patch allows. "flagged" is the share of \
      cells below the detection limit that the model says so of. --foreign FILE adds how well 'score' tells kinds of images \
      that training never had (tools/foreign).

      --report also tells which patterns of tilts are found in whole frames of each (--pattern-frames). --published FILE takes \
      another network's predictions into the table (tools/torch/paper.py).

      --families tells how well it does on crystals that it was not trained on.

      Example: glazer evaluate model.safetensors --weights weights.safetensors --report report.html
      """)

  @Argument(help: "int8 model from glazer quantize.") var model: String
  @Option(help: "Float weights, to score beside the model.") var weights: String?
  @Option(help: "Emulator; by default the one that the training names.") var emulator: String?
  @Option(help: "Crystals to score on, MATERIAL:PATTERN:KELVIN, comma-separated; by default those of the training.")
  var families: String?
  @Option(help: "Images of other kinds, from tools/foreign/make; those in tools/foreign where they are found.")
  var foreign: String?
  @Option(help: "Frames of each pattern; 20 by default with --report, else none.") var patternFrames: Int?
  @Option(help: "Predictions of the published network, from tools/torch/paper.py predict (.npy).")
  var published: String?
  @Option(help: "Samples of each condition.") var samples = 4000
  @Option(help: "Seed of the samples.") var seed: UInt64 = 2026
  @Option(help: "Where to write the scores as JSON.") var json: String?
  @Option(help: "Where to write a page with tables and plots (HTML).") var report: String?
  @Option(help: "Log of the training (CSV), for the page.") var log: String?

  func run() async throws {
    try await reportingErrors {
      guard (0...10_000).contains(patternFrames ?? 0) else {
        throw ValidationError("--pattern-frames takes 0 to 10000")
      }
      guard (100...1_000_000).contains(samples) else { throw ValidationError("--samples takes 100 to 1000000") }
      try WholeFile.check(json, report, inputs: [model, weights, emulator, foreign, published, log])
      let file = try ModelFile.read(model, expecting: .int8)
      let tiltModel = try TiltModel(file, file: model)
      var training = try TrainingConfiguration(of: file, path: model)
      if let families { training.families = families.split(separator: ",").map(String.init) }
      let floats = try weights.map { try TrainedWeights(path: $0) }
      if let floats, floats.file.architecture != file.architecture {
        throw TrainingError.badFile(file: floats.path, expected: "the network of \(model)", found: "another")
      }
      let sources = try TrainedWeights.emulators(named: emulator, training: training, of: file, at: model)
      let logText = try log.map(readLog)
      var evaluation = Evaluation(
        model: tiltModel, floatState: floats?.state, sources: sources, ranges: training.ranges, samples: samples,
        seed: seed)
      if let path = foreign ?? Self.foreignPath { evaluation.foreign = try PictureSource.read(path) }
      if let published { evaluation.published = try readPredictions(published) }
      let progress = ProgressBar("evaluating")
      var summary = evaluation.run { progress.update($0) }
      progress.finish()
      summary.weightsSha256 = floats?.file.sha256
      summary.patterns = try findPatterns(tiltModel, training)
      // First what nothing can lose.
      print(summary.text)
      if let json { try JSONFile.write(summary, path: json) }
      if let report { try WholeFile.write(EvaluationReport(summary, logCSV: logText).html.utf8, path: report) }
    }
  }

  private func findPatterns(
    _ model: TiltModel, _ training: TrainingConfiguration
  ) throws -> [EvaluationSummary.PatternCount] {
    let frames = patternFrames ?? (report == nil ? 0 : 20)
    guard frames > 0 else { return [] }
    let library = try TrainedWeights.library(named: emulator, training: training, beside: self.model)
    let family = try training.families.first.map(CrystalFamily.parsed)
    let study = try RegionImageStudy(
      library, material: family?.material ?? "SrTiO3", model: model, dosePerA2: 1e5)
    let progress = ProgressBar("finding patterns")
    defer { progress.finish() }
    return study.confusion(frames: frames, finder: RegionFinder()) { progress.update($0) }
  }

  /// Rows of predicted and true alpha, beta, gamma in degrees.
  private func readPredictions(_ path: String) throws -> [(stated: TiltAngles, truth: TiltAngles)] {
    let array = try NumpyArray.read(path: path)
    guard array.shape.count == 2, array.shape[1] == 6, array.values.allSatisfy(\.isFinite) else {
      throw TrainingError.badFile(
        file: path, expected: "rows of 6 finite numbers (predicted and true α, β, γ)", found: "shape \(array.shape)")
    }
    return (0..<array.shape[0]).map { row in
      let v = array.values[6 * row..<6 * row + 6].map(Double.init)
      return (TiltAngles(alpha: v[0], beta: v[1], gamma: v[2]), TiltAngles(alpha: v[3], beta: v[4], gamma: v[5]))
    }
  }

  private static var foreignPath: String? {
    let path = "tools/foreign/pictures.safetensors"
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }

  private func readLog(_ path: String) throws(TrainingError) -> String {
    let maximumBytes = 64 << 20
    guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.read(upToCount: maximumBytes),
      let text = String(data: data, encoding: .utf8), text.hasPrefix(TrainingLogRow.header)
    else { throw .badFile(file: path, expected: "a log of glazer train", found: "none") }
    return text
  }
}
