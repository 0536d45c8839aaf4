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
  var isMostlyNoise = false

  /// Degrees, degrees, degrees, mrad, mrad, layers: what images of perovskites turn out to have.
  static let usualLengths = SIMD8<Double>(12, 12, 12, 6, 6, 2, 1, 1)
  /// Lengths may differ from the usual ones by this factor; farther away a penalty grows.
  private static let freeFactor = 5.0
  /// Noise variances over those of the function that are tried.
  private static let noiseRatios = (0..<25).map { 1e-9 * pow(30 / 1e-9, Double($0) / 24) }

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
    let determinants = Self.noiseRatios.map { ratio in covariance.eigenvalues.reduce(0) { $0 + log($1 + ratio) } }
    var total = 0.0
    let powers = values.map { $0.reduce(0) { $0 + $1 * $1 } }
    let largest = max(powers.max() ?? 0, .leastNormalMagnitude)
    let members = zip(values, powers).map { values, power in
      let squares = covariance.spectrum(values).map { $0 * $0 }
      var best = (likelihood: -Double.infinity, square: 0.0, ratio: 1.0)
      for (ratio, determinant) in zip(Self.noiseRatios, determinants) {
        var square = 0.0
        for i in squares.indices { square += squares[i] / (covariance.eigenvalues[i] + ratio) }
        square = max(square / n, 1e-300)
        let likelihood = -0.5 * n * (log(square) + 1) - 0.5 * determinant
        if likelihood > best.likelihood { best = (likelihood, square, ratio) }
      }
      total += (power / largest).squareRoot() * best.likelihood
      return CoefficientProcesses.Member(amplitude: best.square.squareRoot(), noiseRatio: best.ratio, values: values)
    }
    return (covariance, members, total)
  }
}
