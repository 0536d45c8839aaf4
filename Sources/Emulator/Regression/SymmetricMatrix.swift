// SPDX-License-Identifier: GPL-3.0-or-later
import COpenBLAS
import Foundation

/// The few LAPACK calls that emulator and training need, on dense row-major symmetric matrices of doubles.
public enum SymmetricMatrix {
  /// Replaces `matrix` by its eigenvectors, one a row, and returns the eigenvalues, rising. O(n³).
  public static func eigenvectors(_ matrix: inout [Double], order: Int) throws(EmulatorError) -> [Double] {
    var n = Int32(order)
    var values = [Double](repeating: 0, count: order)
    var info: Int32 = 0
    var workSize = Int32(1 + 6 * order + 2 * order * order)
    var integerSize = Int32(3 + 5 * order)
    var work = [Double](repeating: 0, count: Int(workSize))
    var integers = [Int32](repeating: 0, count: Int(integerSize))
    dsyevd_("V", "U", &n, &matrix, &n, &values, &work, &workSize, &integers, &integerSize, &info)
    guard info == 0 else { throw .linearAlgebra(routine: "dsyevd", info: Int(info)) }
    return values
  }

  /// Replaces the symmetric `matrix` by its Cholesky factor (in one triangle; the other is left as it was).
  /// Returns false when it is not positive definite. O(n³/3).
  public static func factorise(_ matrix: inout [Double], order: Int) -> Bool {
    var n = Int32(order)
    var info: Int32 = 0
    dpotrf_("U", &n, &matrix, &n, &info)
    return info == 0
  }

  /// Solves A x = b for a factorised A; `b` becomes x. O(n²).
  public static func solve(factor: [Double], order: Int, _ b: inout [Double]) {
    var n = Int32(order)
    var one = Int32(1)
    var info: Int32 = 0
    dpotrs_("U", &n, &one, factor, &n, &b, &n, &info)
  }
}
