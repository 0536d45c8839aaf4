// SPDX-License-Identifier: GPL-3.0-or-later
import Dispatch
import Emulator
import Inference

/// Trains a network on samples drawn afresh: `step` by `step`, so that whoever drives it decides on logs, checkpoints and
/// the end.
///
/// A mini-batch is cut into shards of fixed size. Threads take shards in turn and their gradients are added in the order
/// of the shards, so the result depends on the seed and the shard size, and not on the number of threads.
public final class Trainer<Source: CellImageSource> {
  public let configuration: TrainingConfiguration
  public let geometry: NormalisationGeometry
  public let state: NetworkState
  public let adam: Adam
  /// Steps done.
  public internal(set) var step = 0
  /// Digest of what the samples are drawn from (`EmulatorLibrary.sha256`), where it is known: a checkpoint of another is refused.
  public var emulatorSha256: String?
  /// Digest of the weights that this training began with; nil for random ones.
  var ancestor: String?
  /// The instrument of the sources.
  let imaging: TrainedConditions.Imaging?
  private let schedule: Schedule
  private let workers: [TrainingWorker<Source>]
  private let shards: [ShardResult]
  private let gradient: FloatBuffer

  /// `configuration.ranges` are checked against the sources here.
  public init(
    _ configuration: TrainingConfiguration, architecture: NetworkArchitecture, sources: [Source], threads: Int
  ) throws(TrainingError) {
    try configuration.check()
    try configuration.ranges.check(for: sources)
    guard let geometry = NormalisationGeometry(architecture.patch) else {
      throw .badArchitecture(
        "patches of whole \(NormalisationGeometry.block)-pixel blocks, found \(architecture.patch)")
    }
    self.configuration = configuration
    self.geometry = geometry
    imaging = sources.first?.imaging
    let state = try NetworkState(architecture, seed: configuration.seed)
    self.state = state
    adam = Adam(count: state.layout.parameterCount)
    schedule = configuration.schedule
    workers = (0..<max(1, threads)).map { _ in
      TrainingWorker(state: state, sources: sources, geometry: geometry, configuration: configuration)
    }
    shards = (0..<configuration.batch / configuration.shard).map { _ in ShardResult(state.layout) }
    gradient = FloatBuffer(count: state.layout.parameterCount)
  }

  public var samplesDone: Int { step * configuration.batch }
  public var isDone: Bool { step >= configuration.steps }
  /// Learning rate of the next step.
  public var rate: Double { schedule.rate(step + 1) }

  /// One step of the optimiser; returns the mean loss of the batch.
  public func advance() throws(TrainingError) -> Double {
    let weighting = TiltLoss(finalWeighting: configuration.lossWeighting)
      .weighting(Double(samplesDone) / Double(max(1, configuration.warmUpSamples)))
    let first = samplesDone
    let (workers, shards, state, size) = (workers, shards, state, configuration.shard)
    DispatchQueue.concurrentPerform(iterations: workers.count) { worker in
      for index in stride(from: worker, to: shards.count, by: workers.count) {
        workers[worker].run(
          state, firstSample: first + index * size, weighting: weighting, into: shards[index])
      }
    }
    reduce()
    let loss = shards.reduce(0) { $0 + $1.loss } / Double(shards.count)
    let norm = gradient.norm
    guard loss.isFinite, norm.isFinite else { throw .diverged(step: step + 1, loss: loss) }
    if norm > configuration.gradientClip {
      let factor = Float(configuration.gradientClip / norm)
      for i in 0..<gradient.count { gradient.base[i] *= factor }
    }
    let rate = schedule.rate(step + 1)
    step += 1
    adam.update(state.parameters, gradient: gradient, step: step, rate: rate, weightDecay: configuration.weightDecay)
    return loss
  }

  /// Sums the gradients and follows the statistics, both in the order of the shards.
  private func reduce() {
    gradient.fill(0)
    let rate = Float(configuration.statisticsRate)
    for shard in shards {
      for i in 0..<gradient.count { gradient.base[i] += shard.gradient.base[i] }
      for i in 0..<state.statistics.count {
        state.statistics.base[i] += rate * (shard.statistics.base[i] - state.statistics.base[i])
      }
    }
  }
}

/// What one shard of a mini-batch gives. Written by the one thread that runs the shard, read after all have ended.
final class ShardResult: @unchecked Sendable {
  let gradient: FloatBuffer
  let statistics: FloatBuffer
  var loss = 0.0

  init(_ layout: ParameterLayout) {
    gradient = FloatBuffer(count: layout.parameterCount)
    statistics = FloatBuffer(count: layout.statisticCount)
  }
}

/// What one thread works with; never shared between two that run at once.
final class TrainingWorker<Source: CellImageSource>: @unchecked Sendable {
  private let configuration: TrainingConfiguration
  private let generator: SampleGenerator<Source>
  private let network: ShardNetwork
  private let pixels: FloatBuffer
  private var targets: [Float]

  init(
    state: NetworkState, sources: [Source], geometry: NormalisationGeometry, configuration: TrainingConfiguration
  ) {
    self.configuration = configuration
    generator = SampleGenerator(sources: sources, ranges: configuration.ranges, geometry: geometry)
    network = ShardNetwork(state.architecture, layout: state.layout, capacity: configuration.shard)
    pixels = FloatBuffer(count: state.architecture.patch.count)
    targets = Array(repeating: 0, count: configuration.shard * TiltLoss.targetCount)
  }

  /// Draws the samples from `firstSample` on and takes the gradient of their share of the loss.
  func run(_ state: NetworkState, firstSample: Int, weighting: Double, into result: ShardResult) {
    for n in 0..<configuration.shard {
      let truth = generator.draw(
        seed: configuration.seed, index: UInt64(firstSample + n), part: .training, into: pixels.base)
      network.setImage(n, pixels.base)
      targets.setTargets(n, truth, degreesPerUnit: state.architecture.degreesPerUnit)
    }
    network.forward(state, samples: configuration.shard, training: true)
    result.loss = TiltLoss.evaluate(
      outputs: network.outputs, targets: targets, samples: configuration.shard, batch: configuration.batch,
      weighting: weighting, gradient: network.outputGradient)
    network.backward(state, into: result.gradient, samples: configuration.shard)
    network.copyStatistics(into: result.statistics)
  }
}

extension [Float] {
  /// Writes the targets of sample `n`, in units.
  mutating func setTargets(_ n: Int, _ truth: SampleTruth, degreesPerUnit: Double) {
    let t = truth.targets
    self[n * TiltLoss.targetCount] = Float(t.q / degreesPerUnit)
    self[n * TiltLoss.targetCount + 1] = Float(t.c / degreesPerUnit)
    self[n * TiltLoss.targetCount + 2] = Float(t.s / degreesPerUnit)
  }
}
