// SPDX-License-Identifier: GPL-3.0-or-later
import COpenBLAS

/// Small systems of linear equations.
enum LeastSquares {
  /// Solves A x = b for a symmetric positive definite A (order × order) by Cholesky's factors; nil if it is none. O(order³).
  static func solve(_ matrix: [Double], _ right: [Double]) -> [Double]? {
    var (factors, x) = (matrix, right)
    var (order, columns, info) = (Int32(right.count), Int32(1), Int32(0))
    dpotrf_("U", &order, &factors, &order, &info)
    guard info == 0 else { return nil }
    dpotrs_("U", &order, &columns, factors, &order, &x, &order, &info)
    return info == 0 && x.allSatisfy(\.isFinite) ? x : nil
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
