// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator

/// Drives a trainer to its end with validations and checkpoints in between.
public struct TrainingRun<Source: CellImageSource> {
  /// Seed of the validation samples: another stream than any training's, and the same for every training.
  public static var validationSeed: UInt64 { 0x7661_6C69_6461_7465 }

  public let trainer: Trainer<Source>
  private let validation: SampleSet
  private let predictor: FloatPredictor

  public init(_ trainer: Trainer<Source>, sources: [Source]) {
    self.trainer = trainer
    let c = trainer.configuration
    var ranges = c.ranges
    ranges.dosePerA2 = Interval(c.validationDosePerA2, c.validationDosePerA2)
    validation = SampleSet(
      sources: sources, ranges: ranges, geometry: trainer.geometry, seed: Self.validationSeed, part: .validation,
      count: c.validationSamples)
    predictor = FloatPredictor(trainer.state)
  }

  public func validate() -> ValidationScores {
    var outputs: [Float] = []
    predictor.predict(trainer.state, validation.pixels.base, count: validation.count, into: &outputs)
    return ValidationScores(
      outputs: outputs, truths: validation.truths, degreesPerUnit: trainer.state.architecture.degreesPerUnit)
  }

  /// Trains until all samples are done or `shouldStop` says so (asked once a step). `onStep` follows each step, `onRow`
  /// each validation; `onCheckpoint` is called at its interval and at the end, finished or stopped.
  public func run(
    shouldStop: () -> Bool, onStep: () -> Void, onRow: (TrainingLogRow) throws -> Void,
    onCheckpoint: () throws -> Void
  ) throws {
    let c = trainer.configuration
    let clock = ContinuousClock()
    var mark = clock.now
    var (loss, steps) = (0.0, 0)
    while !trainer.isDone, !shouldStop() {
      let before = trainer.samplesDone
      let rate = trainer.rate
      loss += try trainer.advance()
      steps += 1
      onStep()
      let after = trainer.samplesDone
      func passes(_ interval: Int) -> Bool { before / interval != after / interval }
      if passes(c.validationInterval) || trainer.isDone {
        let seconds = (clock.now - mark) / .seconds(1)
        try onRow(
          TrainingLogRow(
            samples: after, epoch: Double(after) / Double(c.epochSamples), loss: loss / Double(steps),
            validation: validate(), learningRate: rate, samplesPerSecond: Double(steps * c.batch) / seconds))
        (loss, steps, mark) = (0, 0, clock.now)
      }
      if passes(c.checkpointInterval), !trainer.isDone { try onCheckpoint() }
    }
    try onCheckpoint()
  }
}
