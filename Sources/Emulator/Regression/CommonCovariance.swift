// SPDX-License-Identifier: GPL-3.0-or-later

/// What the Gaussian processes of several coefficients over the same points have in common: the kernel, and how much of
/// the noise the two views of one simulation share.
///
/// Each coefficient has the covariance a² (K + ρ R), with an amplitude a and a noise ratio ρ of its own; R is 1 on the
/// diagonal and `pairCorrelation` between the points 2n and 2n + 1. With R = L Lᵀ and the eigenvectors U and eigenvalues λ
/// of L⁻¹ K L⁻ᵀ everything about any number of coefficients costs n² each.
struct CommonCovariance: Sendable {
  let kernel: SymmetricKernel
  let pairCorrelation: Double
  /// λ, rising; rounding's negative ones are 0.
  let eigenvalues: [Double]
  /// Row i is the eigenvector of `eigenvalues[i]`.
  private let eigenvectors: [Double]

  var count: Int { kernel.points.count }

  /// O(n³).
  init(kernel: SymmetricKernel, pairCorrelation: Double) throws(EmulatorError) {
    self.kernel = kernel
    self.pairCorrelation = pairCorrelation
    let n = kernel.points.count
    var matrix = kernel.matrix()
    for _ in 0..<2 {
      // Rows by L⁻¹, then, transposed, the columns; what comes out is symmetric.
      matrix = Self.transposed(matrix, order: n)
      for row in 0..<n {
        matrix.withUnsafeMutableBufferPointer {
          Self.whiten(UnsafeMutableBufferPointer(rebasing: $0[row * n..<(row + 1) * n]), pairCorrelation)
        }
      }
    }
    let values = try SymmetricMatrix.eigenvectors(&matrix, order: n)
    eigenvalues = values.map { max($0, 0) }
    eigenvectors = matrix
  }

  /// Uᵀ L⁻¹ x.
  func spectrum(_ x: [Double]) -> [Double] {
    var white = x
    white.withUnsafeMutableBufferPointer { Self.whiten($0, pairCorrelation) }
    let n = count
    return (0..<n).map { i in
      var sum = 0.0
      for j in 0..<n { sum += eigenvectors[i * n + j] * white[j] }
      return sum
    }
  }

  /// The most likely amplitude of values with a share of noise.
  func amplitude(of values: [Double], noiseRatio: Double) -> Double {
    let z = spectrum(values)
    let square = z.indices.reduce(0) { $0 + z[$1] * z[$1] / (eigenvalues[$1] + noiseRatio) }
    return max(square / Double(count), 1e-300).squareRoot()
  }

  /// L⁻ᵀ U z.
  func unspectrum(_ z: [Double]) -> [Double] {
    let n = count
    var x = [Double](repeating: 0, count: n)
    for i in 0..<n {
      for j in 0..<n { x[j] += eigenvectors[i * n + j] * z[i] }
    }
    let rest = (1 - pairCorrelation * pairCorrelation).squareRoot()
    for first in stride(from: 0, to: n - 1, by: 2) where pairCorrelation != 0 {
      x[first + 1] /= rest
      x[first] -= pairCorrelation * x[first + 1]
    }
    return x
  }

  /// L⁻¹ x in place: the Cholesky factor of a pair is [1, 0; c, √(1 − c²)].
  private static func whiten(_ x: UnsafeMutableBufferPointer<Double>, _ correlation: Double) {
    guard correlation != 0 else { return }
    let rest = (1 - correlation * correlation).squareRoot()
    for first in stride(from: 0, to: x.count - 1, by: 2) {
      x[first + 1] = (x[first + 1] - correlation * x[first]) / rest
    }
  }

  private static func transposed(_ matrix: [Double], order n: Int) -> [Double] {
    var result = matrix
    for i in 0..<n { for j in 0..<n { result[j * n + i] = matrix[i * n + j] } }
    return result
  }
}
