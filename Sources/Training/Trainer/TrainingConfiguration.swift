// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Inference

/// Everything that decides what a training gives; the keys of `glazer train --config`. All but `emulator` have defaults.
public struct TrainingConfiguration: Sendable, Hashable, Codable {
  /// File of the emulator, relative to the configuration.
  public var emulator: String
  /// Which of the emulator's families samples are drawn from, MATERIAL:PATTERN:KELVIN each, all alike often; none is the file's
  /// first.
  public var families: [String] = []
  /// Name of the model.
  public var name = "glazer-compact"
  public var seed: UInt64 = 1
  /// Samples drawn in the whole training; each is drawn once.
  public var samples = 3_000_000
  /// Samples of one step.
  public var batch = 128
  /// Samples that are normalised together and go through the network at once; divides `batch`.
  public var shard = 32
  /// Peak of the learning rate.
  public var learningRate = 2e-3
  /// The learning rate ends at this fraction of its peak.
  public var finalFraction = 0.002
  /// Samples over which the learning rate rises and the loss is plain squared error.
  public var warmUpSamples = 50_000
  public var weightDecay = 1e-3
  /// Largest Euclidean norm of a gradient.
  public var gradientClip = 1.0
  /// Weighting exponent b of the loss after the warm-up, 0 (likelihood) to 1 (squared error): see `TiltLoss`.
  public var lossWeighting = 0.5
  /// Share of a new shard in the running statistics of batch norm.
  public var statisticsRate = 0.01
  /// Samples of an epoch in the log.
  public var epochSamples = 100_000
  public var validationSamples = 2048
  /// Electrons per Å² of the validation samples.
  public var validationDosePerA2 = 1e5
  /// Samples between validations (and lines of the log).
  public var validationInterval = 50_000
  /// Samples between checkpoints.
  public var checkpointInterval = 100_000
  public var ranges = AugmentationRanges()

  public init(emulator: String) { self.emulator = emulator }

  enum CodingKeys: String, CodingKey {
    case emulator, families, name, seed, samples, batch, shard
    case learningRate = "learning_rate"
    case finalFraction = "final_fraction"
    case warmUpSamples = "warm_up_samples"
    case weightDecay = "weight_decay"
    case gradientClip = "gradient_clip"
    case lossWeighting = "loss_weighting"
    case statisticsRate = "statistics_rate"
    case epochSamples = "epoch_samples"
    case validationSamples = "validation_samples"
    case validationDosePerA2 = "validation_dose_per_A2"
    case validationInterval = "validation_interval"
    case checkpointInterval = "checkpoint_interval"
    case ranges
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    emulator = try values.decode(String.self, forKey: .emulator)
    func take<T: Decodable>(_ key: CodingKeys, _ value: inout T) throws {
      value = try values.decodeIfPresent(T.self, forKey: key) ?? value
    }
    try take(.families, &families)
    try take(.name, &name)
    // TOMLKit ends the program where a negative number is asked for as an unsigned one.
    if let signed = try? values.decode(Int.self, forKey: .seed) {
      guard signed >= 0 else {
        throw DecodingError.dataCorruptedError(forKey: .seed, in: values, debugDescription: "expected 0 or more")
      }
      seed = UInt64(signed)
    } else {
      try take(.seed, &seed)
    }
    try take(.samples, &samples)
    try take(.batch, &batch)
    try take(.shard, &shard)
    try take(.learningRate, &learningRate)
    try take(.finalFraction, &finalFraction)
    try take(.warmUpSamples, &warmUpSamples)
    try take(.weightDecay, &weightDecay)
    try take(.gradientClip, &gradientClip)
    try take(.lossWeighting, &lossWeighting)
    try take(.statisticsRate, &statisticsRate)
    try take(.epochSamples, &epochSamples)
    try take(.validationSamples, &validationSamples)
    try take(.validationDosePerA2, &validationDosePerA2)
    try take(.validationInterval, &validationInterval)
    try take(.checkpointInterval, &checkpointInterval)
    try take(.ranges, &ranges)
  }

  /// `families`, read; one nil for none.
  public func crystalFamilies() throws(TrainingError) -> [CrystalFamily?] {
    var known: [CrystalFamily?] = []
    for family in families {
      guard let one = CrystalFamily(family) else {
        throw .badConfiguration(
          key: "families", expected: "MATERIAL:PATTERN:KELVIN, for example SrTiO3:---:293", found: family)
      }
      known.append(one)
    }
    return known.isEmpty ? [nil] : known
  }

  public var steps: Int { samples / batch }

  public var schedule: Schedule {
    Schedule(
      peak: learningRate, warmUpSteps: max(1, warmUpSamples / batch), totalSteps: steps, finalFraction: finalFraction)
  }

  /// Throws for a value out of bounds; `ranges` are checked against the sources (`AugmentationRanges.check`).
  public func check() throws(TrainingError) {
    func check<T: Comparable>(_ key: CodingKeys, _ value: T, _ bounds: ClosedRange<T>) throws(TrainingError) {
      guard bounds.contains(value) else {
        throw .badConfiguration(key: key.rawValue, expected: "a value within \(bounds)", found: "\(value)")
      }
    }
    try check(.batch, batch, 2...65_536)
    try check(.shard, shard, 2...1024)
    guard batch.isMultiple(of: shard) else {
      throw .badConfiguration(key: "shard", expected: "a divisor of batch (\(batch))", found: "\(shard)")
    }
    try check(.samples, samples, batch...1_000_000_000_000)
    try check(.learningRate, learningRate, 1e-7...1)
    try check(.finalFraction, finalFraction, 0...1)
    try check(.warmUpSamples, warmUpSamples, 0...1_000_000_000)
    try check(.weightDecay, weightDecay, 0...1)
    try check(.gradientClip, gradientClip, 1e-6...1e6)
    try check(.lossWeighting, lossWeighting, 0...1)
    try check(.statisticsRate, statisticsRate, 1e-6...1)
    try check(.epochSamples, epochSamples, 1...1_000_000_000)
    try check(.validationSamples, validationSamples, 1...100_000)
    try check(.validationDosePerA2, validationDosePerA2, 1...1e12)
    try check(.validationInterval, validationInterval, batch...1_000_000_000_000)
    try check(.checkpointInterval, checkpointInterval, batch...1_000_000_000_000)
  }
}
