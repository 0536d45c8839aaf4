// SPDX-License-Identifier: GPL-3.0-or-later

/// Normal equations of a least-squares problem with at most four unknowns; lives on the stack.
struct SymmetricSystem {
  static let capacity = 4
  let size: Int
  /// Lower triangle, row-major with a stride of four.
  private var matrix = InlineArray<16, Double>(repeating: 0)
  private var right = SIMD4<Double>.zero

  init(size: Int) {
    precondition(size <= Self.capacity, "room for four unknowns")
    self.size = size
  }

  mutating func add(_ row: Int, _ column: Int, _ value: Double) { matrix[row * 4 + column] += value }

  mutating func addRight(_ row: Int, _ value: Double) { right[row] += value }

  /// Replaces the right-hand side, for another problem with the same matrix.
  mutating func setRight(_ values: SIMD4<Double>) { right = values }

  /// By Cholesky factorisation; nil if the matrix is not clearly positive definite. O(size³).
  func solution() -> SIMD4<Double>? {
    var l = matrix
    for column in 0..<size {
      var pivot = l[column * 4 + column]
      for k in 0..<column { pivot -= l[column * 4 + k] * l[column * 4 + k] }
      guard pivot > 1e-12 * matrix[column * 4 + column], pivot > 0 else { return nil }
      l[column * 4 + column] = pivot.squareRoot()
      var row = column + 1
      while row < size {
        var value = l[row * 4 + column]
        for k in 0..<column { value -= l[row * 4 + k] * l[column * 4 + k] }
        l[row * 4 + column] = value / l[column * 4 + column]
        row += 1
      }
    }
    var x = right
    for row in 0..<size {
      for k in 0..<row { x[row] -= l[row * 4 + k] * x[k] }
      x[row] /= l[row * 4 + row]
    }
    var row = size - 1
    while row >= 0 {
      var k = row + 1
      while k < size {
        x[row] -= l[k * 4 + row] * x[k]
        k += 1
      }
      x[row] /= l[row * 4 + row]
      row -= 1
    }
    return x
  }
}
