// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// Gaussian processes of several coefficients by maximum marginal likelihood: common length scales, and for each coefficient
/// its amplitude (in closed form) and the share of its noise (by a scan).
struct MarginalLikelihood {
  let points: [EmulatorInput]
  /// `[coefficient][point]`.
  let values: [[Double]]
  let symmetries: [CrystalSymmetry]
  let imageClass: ImageClass
  let pairCorrelation: Double
  /// Most of the coefficients are nothing but noise, of which short lengths explain as much as is wanted: none is shorter than usual.
  /// And of a hundred coefficients, each with the share of noise that suits it best, some take chance for a function: the share is one for all.
  var isMostlyNoise = false

  /// Degrees, degrees, degrees, mrad, mrad, layers: what images of perovskites turn out to have.
  static let usualLengths = SIMD8<Double>(12, 12, 12, 6, 6, 2, 1, 1)
  /// Lengths may differ from the usual ones by this factor; farther away a penalty grows.
  private static let freeFactor = 5.0
  /// Noise variances over those of the function that are tried.
  private static let noiseRatios = (0..<25).map { 1e-9 * pow(30 / 1e-9, Double($0) / 24) }
  /// The same where noise is most of it: up to where the function is nothing, whatever its length scales.
  private static let largeNoiseRatios = (0..<37).map { 1e-3 * pow(1e9, Double($0) / 36) }

  /// Cost: some hundred eigenvalue problems of n points. The search begins at the usual lengths.
  func fit() throws(EmulatorError) -> CoefficientProcesses {
    let inputs = 0..<EmulatorInput.count
    func lengths(_ logarithms: [Double]) -> SIMD8<Double> {
      var lengths = SIMD8<Double>(repeating: 1)
      for n in inputs { lengths[n] = max(exp(logarithms[n]), isMostlyNoise ? Self.usualLengths[n] : 0) }
      return lengths
    }
    let first = inputs.map { log(Self.usualLengths[$0]) }
    let best = try DownhillSimplex(step: 0.4, evaluations: 120, tolerance: 0.3).minimum(from: first) {
      (x: [Double]) throws(EmulatorError) -> Double in
      let penalty = inputs.reduce(0) { $0 + pow(max(0, abs(x[$1] - first[$1]) - log(Self.freeFactor)), 2) }
      return try 10 * penalty - likelihood(lengths(x)).total
    }
    let (covariance, members, _) = try likelihood(lengths(best))
    return CoefficientProcesses(covariance: covariance, members: members)
  }

  /// The best amplitudes and noises for given lengths, and the sum of the logarithms of the likelihoods (without 2π), each times
  /// its coefficient's rms over the largest: a hundred weak coefficients that hardly depend on the state would else choose the lengths.
  func likelihood(
    _ lengths: SIMD8<Double>
  ) throws(EmulatorError) -> (covariance: CommonCovariance, members: [CoefficientProcesses.Member], total: Double) {
    let kernel = SymmetricKernel(points: points, lengths: lengths, symmetries: symmetries, imageClass: imageClass)
    let covariance = try CommonCovariance(kernel: kernel, pairCorrelation: pairCorrelation)
    let n = Double(points.count)
    let ratios = isMostlyNoise ? Self.largeNoiseRatios : Self.noiseRatios
    let determinants = ratios.map { ratio in covariance.eigenvalues.reduce(0) { $0 + log($1 + ratio) } }
    let powers = values.map { $0.reduce(0) { $0 + $1 * $1 } }
    let largest = max(powers.max() ?? 0, .leastNormalMagnitude)
    // [coefficient][ratio]
    let fits = values.map { values in
      let squares = covariance.spectrum(values).map { $0 * $0 }
      return zip(ratios, determinants).map { ratio, determinant in
        var square = 0.0
        for i in squares.indices { square += squares[i] / (covariance.eigenvalues[i] + ratio) }
        square = max(square / n, 1e-300)
        return Fit(likelihood: -0.5 * n * (log(square) + 1) - 0.5 * determinant, square: square, ratio: ratio)
      }
    }
    let weights = powers.map { ($0 / largest).squareRoot() }
    let chosen: [Fit]
    if isMostlyNoise {
      let sums = ratios.indices.map { r in fits.reduce(0) { $0 + $1[r].likelihood } }
      let common = sums.indices.max { sums[$0] < sums[$1] } ?? 0
      chosen = fits.map { $0[common] }
    } else {
      chosen = fits.map { own in own.dropFirst().reduce(own[0]) { $1.likelihood > $0.likelihood ? $1 : $0 } }
    }
    let members = zip(values, chosen).map { values, fit in
      CoefficientProcesses.Member(amplitude: fit.square.squareRoot(), noiseRatio: fit.ratio, values: values)
    }
    return (covariance, members, zip(weights, chosen).reduce(0) { $0 + $1.0 * $1.1.likelihood })
  }

  /// Of one coefficient with one share of noise.
  private struct Fit {
    let likelihood: Double
    /// Of the amplitude.
    let square: Double
    let ratio: Double
  }
}
