// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Inference
import Testing

@testable import Training

/// A model's training held against the emulators that are here.
@Suite("The training that a file names")
struct TrainedFileTests {
  private static let instrument = TrainedConditions.Imaging(
    voltageKV: 200, semiAngleMrad: 20, detectorMrad: [12, 20])

  private func file(
    _ source: ColumnSource, change: (inout TrainingConfiguration) -> Void = { _ in }
  ) throws -> ModelFile {
    let trainer = try Trainer(
      TrainerTests.configuration(), architecture: GradientTests.architecture, sources: [source], threads: 1)
    var file = trainer.modelFile()
    var training = trainer.configuration
    change(&training)
    file.metadata["training"] = training.json
    return file
  }

  @Test("weights name the instrument of their training, and emulators of another are refused")
  func instruments() throws {
    let file = try file(ColumnSource(imaging: Self.instrument))
    #expect(TrainedConditions(file.metadata).imaging == Self.instrument)
    let training = try TrainingConfiguration(of: file, path: "w")
    try training.check([ColumnSource(imaging: Self.instrument)], for: file, path: "w")
    // A source without a name, and a file of before, are taken.
    try training.check([ColumnSource()], for: file, path: "w")
    var other = Self.instrument
    other.semiAngleMrad = 30
    #expect {
      try training.check([ColumnSource(imaging: other)], for: file, path: "w")
    } throws: {
      let text = "\($0)"
      return text.hasPrefix("w: ") && text.contains("20.0 mrad, detector 12.0-20.0 mrad") && text.contains("30.0 mrad")
    }
    var old = file
    old.metadata["imaging"] = nil
    try training.check([ColumnSource(imaging: other)], for: old, path: "w")
  }

  /// Beyond their bounds, samples are read outside of the image.
  @Test(
    "ranges of the metadata that no training takes are refused", arguments: ["scale", "rotation", "shear", "mistilt"])
  func ranges(_ what: String) throws {
    let file = try file(ColumnSource()) { training in
      switch what {
      case "scale": training.ranges.scale = 50
      case "rotation": training.ranges.rotationDegrees = 90
      case "shear": training.ranges.shearDegrees = 80
      default: training.ranges.mistiltMrad = Interval(0, 6)
      }
    }
    let training = try TrainingConfiguration(of: file, path: "w")
    #expect {
      try training.check([ColumnSource()], for: file, path: "w")
    } throws: {
      guard case .badFile("w", let expected, _)? = $0 as? TrainingError else { return false }
      return expected.contains("ranges.\(what)")
    }
  }

  @Test("metadata without a training, or with one that no command takes, is refused")
  func noTraining() throws {
    var none = try file(ColumnSource())
    none.metadata["training"] = nil
    #expect(throws: TrainingError.self) { try TrainingConfiguration(of: none, path: "w") }
    let odd = try file(ColumnSource()) { $0.shard = 7 }
    #expect(
      throws: TrainingError.badFile(
        file: "w", expected: "a training with shard of a divisor of batch (32)", found: "7")
    ) { try TrainingConfiguration(of: odd, path: "w") }
  }
}
