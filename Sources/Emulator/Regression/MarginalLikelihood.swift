// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// Hyper-parameters by maximum marginal likelihood.
enum MarginalLikelihood {
  /// Bounds on the logarithms relative to the values' own spread: noise between 1e-5 and 1 of it; lengths of 3 to 200
  /// degrees, 1.5 to 100 mrad, and for the starting layer 0.5 to 50.
  private static func bounds(spread: Double) -> [ClosedRange<Double>] {
    func logarithms(_ low: Double, _ high: Double) -> ClosedRange<Double> { log(low)...log(high) }
    let s = log(spread)
    let angle = logarithms(3, 200)
    let mistilt = logarithms(1.5, 100)
    return [s - 4...s + 6, s - 11.5...s, angle, angle, angle, mistilt, mistilt, logarithms(0.5, 50)]
  }

  /// Climbs from a plain start by resilient steps on the gradient's signs (iRprop−, Igel and Hüsken 2000), which wants no
  /// line search and forgives the flat directions of long length scales. Cost: `iterations` · n³.
  static func fit(
    points: [EmulatorInput], values: [Double], kernel: SymmetricKernel, iterations: Int = 60
  ) -> GaussianProcess? {
    let mean2 = values.reduce(0) { $0 + $1 * $1 } / Double(max(1, values.count))
    let spread = max(mean2.squareRoot(), 1e-30)
    let limits = bounds(spread: spread)
    var theta = Hyperparameters(
      amplitude: spread, noise: 0.1 * spread, lengths: SIMD8(12, 12, 12, 6, 6, 2, 1, 1)
    ).logarithms
    var step = [Double](repeating: 0.2, count: theta.count)
    var lastGradient = [Double](repeating: 0, count: theta.count)
    var best: (likelihood: Double, process: GaussianProcess)?
    for _ in 0..<iterations {
      let candidate = Hyperparameters(logarithms: theta)
      guard
        let process = GaussianProcess(points: points, values: values, kernel: kernel, hyperparameters: candidate)
      else {
        // Too little noise for rounding: back to where the covariance could be factorised, with more of it.
        theta[1] += 1
        continue
      }
      let likelihood = process.logMarginalLikelihood()
      if likelihood > best?.likelihood ?? -.infinity { best = (likelihood, process) }
      var gradient = process.gradient()
      for n in theta.indices {
        let agreement = gradient[n] * lastGradient[n]
        if agreement > 0 { step[n] = min(step[n] * 1.2, 0.7) }
        if agreement < 0 {
          step[n] = max(step[n] * 0.5, 1e-4)
          gradient[n] = 0
        }
        if gradient[n] != 0 { theta[n] += gradient[n] > 0 ? step[n] : -step[n] }
        theta[n] = min(max(theta[n], limits[n].lowerBound), limits[n].upperBound)
      }
      lastGradient = gradient
    }
    return best?.process
  }
}
