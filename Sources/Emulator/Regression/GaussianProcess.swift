// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// Gaussian-process regression (Rasmussen and Williams, "Gaussian Processes for Machine Learning", MIT Press 2006,
/// algorithm 2.1) of one coefficient over the emulator's inputs.
struct GaussianProcess: Sendable {
  let points: [EmulatorInput]
  let values: [Double]
  let hyperparameters: Hyperparameters
  let kernel: SymmetricKernel
  private let images: [EmulatorInput]
  private let mean: GaussianSum
  /// K⁻¹ y.
  private let solution: [Double]
  private let factor: [Double]

  /// Cost: n³/3 and n² · symmetries exponentials for n points. nil when the covariance is not positive definite.
  init?(points: [EmulatorInput], values: [Double], kernel: SymmetricKernel, hyperparameters: Hyperparameters) {
    let (images, signs) = kernel.images(of: points)
    let n = points.count
    let fold = kernel.symmetries.count
    let a2 = hyperparameters.amplitude * hyperparameters.amplitude
    var matrix = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0...i {
        let k = a2 * kernel.value(points[i], images: images[j * fold..<(j + 1) * fold], hyperparameters)
        matrix[i * n + j] = k
        matrix[j * n + i] = k
      }
      matrix[i * n + i] += hyperparameters.noise * hyperparameters.noise
    }
    guard SymmetricMatrix.factorise(&matrix, order: n) else { return nil }
    var solution = values
    SymmetricMatrix.solve(factor: matrix, order: n, &solution)
    (self.points, self.values, self.hyperparameters, self.kernel) = (points, values, hyperparameters, kernel)
    (self.images, self.solution, factor) = (images, solution, matrix)
    mean = GaussianSum(
      points: images, weights: images.indices.map { a2 * signs[$0] * solution[$0 / fold] },
      lengths: hyperparameters.lengths)
  }

  /// Posterior mean. O(n · symmetries), no allocation.
  func mean(at point: EmulatorInput) -> Double { mean.value(at: point) }

  /// Posterior variance of the function, without the noise. O(n² + n · symmetries).
  func variance(at point: EmulatorInput) -> Double {
    let a2 = hyperparameters.amplitude * hyperparameters.amplitude
    let fold = kernel.symmetries.count
    let cross = points.indices.map {
      a2 * kernel.value(point, images: images[$0 * fold..<($0 + 1) * fold], hyperparameters)
    }
    var solved = cross
    SymmetricMatrix.solve(factor: factor, order: points.count, &solved)
    let own = kernel.images(of: [point]).points
    let prior = a2 * kernel.value(point, images: own[...], hyperparameters)
    return max(0, prior - zip(cross, solved).reduce(0) { $0 + $1.0 * $1.1 })
  }

  /// ln p(values | points, hyper-parameters). O(n).
  func logMarginalLikelihood() -> Double {
    let fit = zip(values, solution).reduce(0) { $0 + $1.0 * $1.1 }
    let n = points.count
    return -0.5 * fit - 0.5 * SymmetricMatrix.logDeterminant(factor: factor, order: n) - 0.5 * Double(n) * log(2 * .pi)
  }

  /// Its gradient with respect to `Hyperparameters.logarithms`: ½ tr((w wᵀ − K⁻¹) ∂K/∂θ). O(n³).
  func gradient() -> [Double] {
    let n = points.count
    let fold = kernel.symmetries.count
    let inverse = SymmetricMatrix.inverse(factor: factor, order: n)
    let a2 = hyperparameters.amplitude * hyperparameters.amplitude
    var byAmplitude = 0.0
    var byNoise = 0.0
    var byLengths = SIMD8<Double>.zero
    for i in 0..<n {
      for j in 0...i {
        let twice = i == j ? 1.0 : 2
        let a = twice * (solution[i] * solution[j] - inverse[i * n + j])
        let k = kernel.gradient(points[i], images: images[j * fold..<(j + 1) * fold], hyperparameters)
        byAmplitude += a * a2 * k.value
        byLengths += 0.5 * a * a2 * k.byLogLengths
        if i == j { byNoise += a * hyperparameters.noise * hyperparameters.noise }
      }
    }
    return [byAmplitude, byNoise] + (0..<EmulatorInput.count).map { byLengths[$0] }
  }
}
