// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator

/// Fits that are linear in their coefficients.
enum LeastSquares {
  /// Solves A x = b for a symmetric positive definite A (order × order) by Cholesky's factors; nil if it is none. O(order³).
  static func solve(_ matrix: [Double], _ right: [Double]) -> [Double]? {
    var (factor, x) = (matrix, right)
    guard SymmetricMatrix.factorise(&factor, order: right.count) else { return nil }
    SymmetricMatrix.solve(factor: factor, order: right.count, &x)
    return x.allSatisfy(\.isFinite) ? x : nil
  }

  /// Coefficients of least square error for `values` from rows of features, or zeros where the features do not determine
  /// them. A millionth of each feature's energy is added to the diagonal, against features that are constant.
  static func fit(_ rows: [[Double]], _ values: [Double]) -> [Double] {
    guard let count = rows.first?.count else { return [] }
    var matrix = [Double](repeating: 0, count: count * count)
    var right = [Double](repeating: 0, count: count)
    for (row, value) in zip(rows, values) {
      for i in 0..<count {
        right[i] += row[i] * value
        for j in 0..<count { matrix[i * count + j] += row[i] * row[j] }
      }
    }
    for i in 0..<count { matrix[i * count + i] *= 1 + 1e-6 }
    return solve(matrix, right) ?? [Double](repeating: 0, count: count)
  }
}
