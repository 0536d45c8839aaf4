// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference

/// Steps of a training on one batch of noise, on one thread: everything that `Trainer.advance` does but drawing the
/// samples. For measurements.
public final class StillTraining {
  private let state: NetworkState
  private let configuration: TrainingConfiguration
  private let network: ShardNetwork
  private let adam: Adam
  private let shardGradient: FloatBuffer
  private let gradient: FloatBuffer
  private let shardStatistics: FloatBuffer
  private let patches: [Float]
  private let targets: [Float]
  private var step = 0

  /// `configuration` must have passed its `check()`.
  public init(_ state: NetworkState, configuration c: TrainingConfiguration) {
    self.state = state
    configuration = c
    network = ShardNetwork(state.architecture, layout: state.layout, capacity: c.shard)
    adam = Adam(count: state.layout.parameterCount)
    shardGradient = FloatBuffer(count: state.layout.parameterCount)
    gradient = FloatBuffer(count: state.layout.parameterCount)
    shardStatistics = FloatBuffer(count: state.layout.statisticCount)
    var random = SeededRandom(seed: 1)
    patches = (0..<c.batch * state.architecture.patch.count).map { _ in Float(random.gaussian()) }
    targets = (0..<c.batch * TiltLoss.targetCount).map { _ in Float(random.uniform(-1, 1)) }
  }

  /// One step of the optimiser.
  public func advance() {
    let c = configuration
    let size = state.architecture.patch.count
    gradient.fill(0)
    patches.withUnsafeBufferPointer { patches in
      targets.withUnsafeBufferPointer { targets in
        for first in stride(from: 0, to: c.batch, by: c.shard) {
          for n in 0..<c.shard { network.setImage(n, patches.baseAddress! + (first + n) * size) }
          network.forward(state, samples: c.shard, training: true)
          _ = TiltLoss.evaluate(
            outputs: network.outputs, targets: targets.baseAddress! + first * TiltLoss.targetCount, samples: c.shard,
            batch: c.batch, weighting: c.lossWeighting, gradient: network.outputGradient)
          network.backward(state, into: shardGradient, samples: c.shard)
          network.copyStatistics(into: shardStatistics)
          for i in 0..<gradient.count { gradient.base[i] += shardGradient.base[i] }
          let rate = Float(c.statisticsRate)
          for i in 0..<shardStatistics.count {
            state.statistics.base[i] += rate * (shardStatistics.base[i] - state.statistics.base[i])
          }
        }
      }
    }
    let norm = gradient.norm
    if norm > c.gradientClip {
      let factor = Float(c.gradientClip / norm)
      for i in 0..<gradient.count { gradient.base[i] *= factor }
    }
    step += 1
    adam.update(
      state.parameters, gradient: gradient, step: step, rate: c.learningRate, weightDecay: c.weightDecay)
  }
}
