// SPDX-License-Identifier: GPL-3.0-or-later
import COpenBLAS

/// Leading principal components of a set of vectors, about their mean or about zero.
struct PrincipalComponents {
  let mean: [Float]
  /// `[component][dimension]`, orthonormal rows, by falling variance.
  let basis: [Float]
  let count: Int
  /// `[vector][component]`.
  let coefficients: [Double]

  /// `vectors` is `[vector][dimension]`. Works on the Gram matrix: cost vectors² · dimension + vectors³.
  init(_ vectors: [Float], dimension: Int, components: Int, centred: Bool) throws(EmulatorError) {
    let n = vectors.count / dimension
    precondition(n > 0 && n * dimension == vectors.count && components > 0, "vectors of one length")
    var mean = [Double](repeating: 0, count: dimension)
    var deviations = vectors
    if centred {
      for v in 0..<n { for d in 0..<dimension { mean[d] += Double(vectors[v * dimension + d]) / Double(n) } }
      for v in 0..<n { for d in 0..<dimension { deviations[v * dimension + d] -= Float(mean[d]) } }
    }

    // Double precision: the weakest components that are kept hold a ten-millionth of the variance.
    var symmetric = [Double](repeating: 0, count: n * n)
    LeadingModes.add(deviations, slabs: 1, size: n, inner: dimension, to: &symmetric)
    let values = try SymmetricMatrix.eigenvectors(&symmetric, order: n)

    // Eigenvalues rise; row `i` of `symmetric` is now the eigenvector of value `i`.
    // Directions without variance (the mean takes one away) are rounding and carry nothing.
    let floor = 1e-7 * (values.last ?? 0)
    let kept = min(components, values.filter { $0 > max(floor, .leastNormalMagnitude) }.count)
    var basis = [Float](repeating: 0, count: kept * dimension)
    for c in 0..<kept {
      let row = n - 1 - c
      let scale = 1 / values[row].squareRoot()
      let weights = (0..<n).map { Float(symmetric[row * n + $0] * scale) }
      basis.withUnsafeMutableBufferPointer { target in
        cblas_sgemv(
          CblasRowMajor, CblasTrans, blasint(n), blasint(dimension), 1, deviations, blasint(dimension), weights, 1, 0,
          target.baseAddress! + c * dimension, 1)
      }
    }
    var projected = [Float](repeating: 0, count: n * kept)
    guard kept > 0 else { throw .linearAlgebra(routine: "dsyevd (all vectors are equal)", info: 0) }
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, blasint(n), blasint(kept), blasint(dimension), 1, deviations,
      blasint(dimension), basis, blasint(dimension), 0, &projected, blasint(kept))
    self.mean = mean.map(Float.init)
    self.basis = basis
    count = kept
    coefficients = projected.map(Double.init)
  }
}
