// SPDX-License-Identifier: GPL-3.0-or-later
import COpenBLAS
import Foundation

/// Gaussian-process regression (Rasmussen and Williams, "Gaussian Processes for Machine Learning", MIT Press 2006) of
/// several coefficients that share their points and length scales.
struct CoefficientProcesses: Sendable {
  struct Member: Sendable, Hashable {
    /// Standard deviation of the function, in the unit of the values.
    var amplitude: Double
    /// Variance of the noise over that of the function.
    var noiseRatio: Double
    /// One a point.
    var values: [Double]
  }

  let covariance: CommonCovariance
  let members: [Member]
  /// (K + ρ R)⁻¹ y, `[member][point]`, rows filled up with zeros.
  private let weights: [Double]

  /// O(members · n²).
  init(covariance: CommonCovariance, members: [Member]) {
    (self.covariance, self.members) = (covariance, members)
    let padding = [Double](repeating: 0, count: covariance.kernel.paddedCount - covariance.count)
    weights = members.flatMap { member in
      let z = covariance.spectrum(member.values)
      return covariance.unspectrum(z.indices.map { z[$0] / (covariance.eigenvalues[$0] + member.noiseRatio) }) + padding
    }
  }

  /// Posterior means into `result`, one a member. `row` is working memory of `kernel.paddedCount` numbers.
  /// O(n · (symmetries + members)), no allocation.
  func means(at point: EmulatorInput, row: inout [Double], into result: inout [Double]) {
    covariance.kernel.row(at: point, into: &row)
    let padded = covariance.kernel.paddedCount
    cblas_dgemv(
      CblasRowMajor, CblasNoTrans, blasint(members.count), blasint(padded), 1, weights, blasint(padded), row, 1, 0,
      &result, 1)
  }

  /// Sum over the members of the functions' posterior variances, without the noise. O(n² + members · n).
  func variance(at point: EmulatorInput) -> Double {
    var row = [Double](repeating: 0, count: covariance.kernel.paddedCount)
    covariance.kernel.row(at: point, into: &row)
    let cross = covariance.spectrum(Array(row[..<covariance.count]))
    let prior = covariance.kernel.variance(at: point)
    return members.reduce(0) { sum, member in
      let known = cross.indices.reduce(0) {
        $0 + cross[$1] * cross[$1] / (covariance.eigenvalues[$1] + member.noiseRatio)
      }
      return sum + member.amplitude * member.amplitude * max(0, prior - known)
    }
  }
}
