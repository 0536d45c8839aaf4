// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// Hyper-parameters of one Gaussian process over the tilt components (p, q, r), degrees.
struct Hyperparameters: Sendable, Hashable {
  /// Standard deviation of the function and of the noise, in the unit of the values.
  var amplitude: Double
  var noise: Double
  /// Length scales along p, q and r, degrees.
  var lengths: SIMD3<Double>

  /// As logarithms, so that any step keeps them positive.
  var logarithms: [Double] { [log(amplitude), log(noise), log(lengths.x), log(lengths.y), log(lengths.z)] }

  init(amplitude: Double, noise: Double, lengths: SIMD3<Double>) {
    (self.amplitude, self.noise, self.lengths) = (amplitude, noise, lengths)
  }

  init(logarithms l: [Double]) {
    self.init(amplitude: exp(l[0]), noise: exp(l[1]), lengths: SIMD3(exp(l[2]), exp(l[3]), exp(l[4])))
  }
}

/// Gaussian-process regression with a squared-exponential kernel (Rasmussen and Williams, "Gaussian Processes for Machine
/// Learning", MIT Press 2006, algorithm 2.1).
///
/// The kernel does not change when the sign of a component flips in both arguments; trained on a set that the mirrors
/// map onto itself, the mean therefore keeps their symmetry to rounding.
struct GaussianProcess: Sendable {
  let points: [SIMD3<Double>]
  let values: [Double]
  let hyperparameters: Hyperparameters
  /// K⁻¹ y.
  let weights: [Double]
  private let factor: [Double]

  /// Cost: n³/3 for n points. nil when the covariance is not positive definite.
  init?(points: [SIMD3<Double>], values: [Double], hyperparameters: Hyperparameters) {
    var matrix = Self.covariance(points, hyperparameters)
    guard SymmetricMatrix.factorise(&matrix, order: points.count) else { return nil }
    var weights = values
    SymmetricMatrix.solve(factor: matrix, order: points.count, &weights)
    (self.points, self.values, self.hyperparameters) = (points, values, hyperparameters)
    (self.weights, factor) = (weights, matrix)
  }

  /// Posterior mean at a tilt. O(n).
  func mean(at point: SIMD3<Double>) -> Double {
    let inverse = 1 / hyperparameters.lengths
    var sum = 0.0
    for n in points.indices {
      let d = (points[n] - point) * inverse
      sum += weights[n] * exp(-0.5 * (d * d).sum())
    }
    return sum * hyperparameters.amplitude * hyperparameters.amplitude
  }

  /// Posterior variance of the function at a tilt, without the noise. O(n²).
  func variance(at point: SIMD3<Double>) -> Double {
    let cross = points.map { Self.kernel($0, point, hyperparameters) }
    var solved = cross
    SymmetricMatrix.solve(factor: factor, order: points.count, &solved)
    let reduction = zip(cross, solved).reduce(0) { $0 + $1.0 * $1.1 }
    return max(0, hyperparameters.amplitude * hyperparameters.amplitude - reduction)
  }

  /// ln p(values | points, hyper-parameters). O(n).
  func logMarginalLikelihood() -> Double {
    let fit = zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 }
    let n = points.count
    return -0.5 * fit - 0.5 * SymmetricMatrix.logDeterminant(factor: factor, order: n) - 0.5 * Double(n) * log(2 * .pi)
  }

  /// Its gradient with respect to `Hyperparameters.logarithms`: ½ tr((w wᵀ − K⁻¹) ∂K/∂θ). O(n³).
  func gradient() -> [Double] {
    let n = points.count
    let inverse = SymmetricMatrix.inverse(factor: factor, order: n)
    let h = hyperparameters
    var gradient = [Double](repeating: 0, count: 5)
    for i in 0..<n {
      for j in 0..<n {
        let a = weights[i] * weights[j] - inverse[i * n + j]
        let k = Self.kernel(points[i], points[j], h)
        let d = (points[i] - points[j]) / h.lengths
        gradient[0] += a * k
        if i == j { gradient[1] += a * h.noise * h.noise }
        for axis in 0..<3 { gradient[2 + axis] += 0.5 * a * k * d[axis] * d[axis] }
      }
    }
    return gradient
  }

  @inline(__always)
  private static func kernel(_ a: SIMD3<Double>, _ b: SIMD3<Double>, _ h: Hyperparameters) -> Double {
    let d = (a - b) / h.lengths
    return h.amplitude * h.amplitude * exp(-0.5 * (d * d).sum())
  }

  private static func covariance(_ points: [SIMD3<Double>], _ h: Hyperparameters) -> [Double] {
    let n = points.count
    var matrix = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0...i {
        let k = kernel(points[i], points[j], h) + (i == j ? h.noise * h.noise : 0)
        matrix[i * n + j] = k
        matrix[j * n + i] = k
      }
    }
    return matrix
  }
}
