// SPDX-License-Identifier: GPL-3.0-or-later
import CTrainingKernels

#if canImport(Glibc)
  import Glibc
#endif

/// Adam (Kingma and Ba, 2015) with decoupled weight decay (Loshchilov and Hutter, 2019).
public final class Adam: @unchecked Sendable {
  public static let beta1: Float = 0.9
  public static let beta2: Float = 0.999
  static let epsilon: Float = 1e-8

  public let first: FloatBuffer
  public let second: FloatBuffer

  public init(count: Int) {
    first = FloatBuffer(count: count)
    second = FloatBuffer(count: count)
  }

  /// Step number `step`, from 1. `decay` per step is `rate · weightDecay`.
  public func update(
    _ parameters: FloatBuffer, gradient: FloatBuffer, step: Int, rate: Double, weightDecay: Double
  ) {
    let correction1 = 1 / (1 - pow(Double(Self.beta1), Double(step)))
    let correction2 = 1 / (1 - pow(Double(Self.beta2), Double(step)))
    Kernels.table.adam(
      parameters.base, gradient.base, first.base, second.base, parameters.count, Float(rate), Self.beta1, Self.beta2,
      Float(correction1), Float(correction2), Self.epsilon, Float(weightDecay))
  }
}

extension FloatBuffer {
  /// Euclidean norm. O(count).
  var norm: Double {
    var sum = 0.0
    for value in values { sum += Double(value) * Double(value) }
    return sum.squareRoot()
  }
}
