// SPDX-License-Identifier: GPL-3.0-or-later
import FoundationEssentials
import Inference

private enum Key {
  static let step = "training_step"
  static let first = "optimizer.first"
  static let second = "optimizer.second"
  static let ancestor = "began_with_sha256"
  static let emulator = "emulator_sha256"
}

/// Training to and from files: a checkpoint is a float model file that also holds the optimiser's moments and the
/// position, so any reader of weights can look at a running training.
extension Trainer {
  /// The network as it stands, without what only a resumed training needs.
  public func modelFile() -> ModelFile {
    let unit = state.architecture.degreesPerUnit
    var metadata = [
      "targets": "q, rho cos 2t, rho sin 2t (p = rho cos t, r = rho sin t) in units of \(unit) degrees, "
        + "then ln of the standard deviation of each",
      "training": configuration.json,
      "training_samples": "\(samplesDone)",
    ]
    metadata[TrainedConditions.metadataKey] = imaging?.json
    metadata[Key.emulator] = emulatorSha256
    metadata[Key.ancestor] = ancestor
    return ModelFile(
      format: .float, name: configuration.name, architecture: state.architecture, metadata: metadata,
      tensors: state.tensors)
  }

  /// Takes the weights and statistics of an earlier training, whose digest the files of this one then name. The optimiser
  /// starts afresh.
  public func begin(with weights: ModelFile, file: String) throws(TrainingError) {
    precondition(step == 0, "a training begins once")
    guard weights.architecture == state.architecture else {
      throw .badFile(file: file, expected: "weights of the configured network", found: "those of another")
    }
    try state.load(weights.tensors, file: file)
    ancestor = weights.sha256
  }

  public func checkpoint() -> ModelFile {
    var file = modelFile()
    file.metadata[Key.step] = "\(step)"
    file.tensors[Key.first] = Tensor(adam.first.array, shape: [adam.first.count])
    file.tensors[Key.second] = Tensor(adam.second.array, shape: [adam.second.count])
    return file
  }

  /// Goes on where `checkpoint()` stood. Everything that decides the weights must be the same as then, the emulator among
  /// it where the checkpoint names it; intervals of logs and checkpoints may differ.
  public func restore(_ checkpoint: ModelFile, file: String) throws(TrainingError) {
    guard checkpoint.architecture == state.architecture else {
      throw .foreignCheckpoint(file: file, what: "network", expected: "the configured one", found: "another")
    }
    guard let text = checkpoint.metadata[Key.step], let step = Int(text), (0...configuration.steps).contains(step),
      let first = checkpoint.tensors[Key.first]?.floats, first.count == adam.first.count,
      let second = checkpoint.tensors[Key.second]?.floats, second.count == adam.second.count
    else {
      throw .badFile(
        file: file,
        expected: "a checkpoint with \(Key.step) (0 to \(configuration.steps)), \(Key.first) and \(Key.second)",
        found: "a file without them")
    }
    let found = checkpoint.metadata["training"].flatMap(TrainingConfiguration.init(json:))
    guard let found else {
      throw .badFile(file: file, expected: "a training configuration in the metadata", found: "none that can be read")
    }
    for (what, expected, was) in configuration.differences(from: found) {
      throw .foreignCheckpoint(file: file, what: what, expected: expected, found: was)
    }
    if let emulatorSha256, let was = checkpoint.metadata[Key.emulator], was != emulatorSha256 {
      throw .foreignCheckpoint(file: file, what: "emulator with the sha256", expected: emulatorSha256, found: was)
    }
    try state.load(checkpoint.tensors, file: file)
    adam.first.assign(first)
    adam.second.assign(second)
    self.step = step
    ancestor = checkpoint.metadata[Key.ancestor]
  }
}

extension TrainingConfiguration {
  /// As it stands in the metadata of a model.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Every number has been checked to be finite, so JSON can hold it.
    guard let data = try? encoder.encode(self) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }

  public init?(json: String) {
    guard let value = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else { return nil }
    self = value
  }

  /// Keys that decide the weights and differ, with the values here and there.
  func differences(from other: TrainingConfiguration) -> [(key: String, here: String, there: String)] {
    var aligned = other
    aligned.emulator = emulator
    aligned.name = name
    aligned.epochSamples = epochSamples
    aligned.validationSamples = validationSamples
    aligned.validationDosePerA2 = validationDosePerA2
    aligned.validationInterval = validationInterval
    aligned.checkpointInterval = checkpointInterval
    guard aligned != self else { return [] }
    func values(_ c: TrainingConfiguration) -> [(String, String)] {
      [
        ("families", "\(c.families)"),
        ("seed", "\(c.seed)"), ("samples", "\(c.samples)"), ("batch", "\(c.batch)"), ("shard", "\(c.shard)"),
        ("learning_rate", "\(c.learningRate)"), ("final_fraction", "\(c.finalFraction)"),
        ("warm_up_samples", "\(c.warmUpSamples)"), ("weight_decay", "\(c.weightDecay)"),
        ("gradient_clip", "\(c.gradientClip)"), ("loss_weighting", "\(c.lossWeighting)"),
        ("statistics_rate", "\(c.statisticsRate)"), ("ranges", "\(c.ranges)"),
      ]
    }
    return zip(values(self), values(aligned)).filter { $0.1 != $1.1 }.map { ($0.0, $0.1, $1.1) }
  }
}
