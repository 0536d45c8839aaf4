// SPDX-License-Identifier: GPL-3.0-or-later
import CTrainingKernels

/// Batch norm and ReLU in one pass: max(0, γ (x − μ)/√(σ² + ε) + β), channel by channel.
///
/// In training μ and σ² are those of the shard at hand ("ghost" batch norm: a mini-batch of several shards has several
/// sets of statistics), so that threads need not wait for one another inside a layer.
public final class BatchNorm {
  /// Added to the variance.
  public static let epsilon: Float = 1e-5

  public let channels: Int
  /// Mean and variance of the last shard, for the running statistics.
  let mean: FloatBuffer
  let variance: FloatBuffer
  /// The affine map that stands for the layer: max(0, scale · x + shift).
  private let scale: FloatBuffer
  private let shift: FloatBuffer
  private let slope: FloatBuffer
  private let offset: FloatBuffer
  private let partial: FloatBuffer
  private var sums: [Double]
  private var products: [Double]

  public init(channels: Int) {
    self.channels = channels
    mean = FloatBuffer(count: channels)
    variance = FloatBuffer(count: channels)
    scale = FloatBuffer(count: channels)
    shift = FloatBuffer(count: channels)
    slope = FloatBuffer(count: channels)
    offset = FloatBuffer(count: channels)
    partial = FloatBuffer(count: 2 * channels)
    sums = Array(repeating: 0, count: channels)
    products = Array(repeating: 0, count: channels)
  }

  /// Training: takes the statistics of the first `samples` samples of `x`.
  public func forward(
    _ x: FeatureMap, gamma: UnsafePointer<Float>, beta: UnsafePointer<Float>, into out: FeatureMap, samples: Int
  ) {
    for c in 0..<channels {
      sums[c] = 0
      products[c] = 0
    }
    Kernels.table.channel_sums(x.kernelMap, x.extent(samples: samples), &sums, &products, partial.base)
    let count = Double(samples * x.height * x.width)
    for c in 0..<channels {
      let m = sums[c] / count
      mean.base[c] = Float(m)
      variance.base[c] = Float(max(0, products[c] / count - m * m))
    }
    apply(x, gamma: gamma, beta: beta, mean: mean.base, variance: variance.base, into: out, samples: samples)
  }

  /// Evaluation: takes the given statistics.
  public func apply(
    _ x: FeatureMap, gamma: UnsafePointer<Float>, beta: UnsafePointer<Float>, mean: UnsafePointer<Float>,
    variance: UnsafePointer<Float>, into out: FeatureMap, samples: Int
  ) {
    for c in 0..<channels {
      scale.base[c] = gamma[c] / (variance[c] + Self.epsilon).squareRoot()
      shift.base[c] = beta[c] - mean[c] * scale.base[c]
    }
    Kernels.table.scale_shift_relu(x.kernelMap, out.kernelMap, x.extent(samples: samples), scale.base, shift.base)
  }

  /// Gradient of `x` (into `dx`) from that of the output, after `forward`; adds those of γ and β.
  ///
  /// With x̂ = (x − μ)/s, s = √(σ² + ε) and g the gradient passed by the ReLU:
  /// dx = γ/s · (g − mean(g) − x̂ mean(g x̂)).
  public func backward(
    _ x: FeatureMap, outputGradient: FeatureMap, gamma: UnsafePointer<Float>,
    gammaGradient: UnsafeMutablePointer<Float>, betaGradient: UnsafeMutablePointer<Float>, into dx: FeatureMap,
    samples: Int
  ) {
    for c in 0..<channels {
      sums[c] = 0
      products[c] = 0
    }
    let extent = x.extent(samples: samples)
    Kernels.table.relu_gradient_sums(
      x.kernelMap, outputGradient.kernelMap, extent, scale.base, shift.base, &sums, &products, partial.base)
    let count = Double(samples * x.height * x.width)
    for c in 0..<channels {
      let inverse = 1 / Double(variance.base[c] + Self.epsilon).squareRoot()
      let m = Double(mean.base[c])
      let alongNormalised = inverse * (products[c] - m * sums[c])
      gammaGradient[c] += Float(alongNormalised)
      betaGradient[c] += Float(sums[c])
      // dx = scale·g + slope·x + offset, the formula above sorted by powers of x.
      let k = Double(gamma[c]) * inverse
      slope.base[c] = Float(-k * inverse * alongNormalised / count)
      offset.base[c] = Float(k * (inverse * m * alongNormalised - sums[c]) / count)
    }
    Kernels.table.relu_gradient(
      x.kernelMap, outputGradient.kernelMap, dx.kernelMap, extent, scale.base, shift.base, slope.base, offset.base)
  }
}
