// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Parabolas in both indices through the offsets of the columns about one of them, by least squares; lives on the stack.
struct SmoothWindow {
  /// Columns on either side that belong to the window.
  static let halfI = 4
  static let halfJ = 3
  /// Columns that it takes at least.
  private static let least = 20
  private static let unknowns = 6

  private(set) var count = 0
  /// Sums of products of the basis with itself and with both components.
  private var rows = InlineArray<6, SIMD8<Double>>(repeating: .zero)
  private var squares = 0.0

  /// `i`, `j` from the middle of the window.
  mutating func add(_ i: Int, _ j: Int, _ offset: Vector2) {
    let (x, y) = (Double(i) / Double(Self.halfI), Double(j) / Double(Self.halfJ))
    // The constant last, so that elimination ends with it.
    let values = SIMD8(x, y, x * x, x * y, y * y, 1, offset.x, offset.y)
    for row in 0..<Self.unknowns { rows[row] += values[row] * values }
    squares += offset.dot(offset)
    count += 1
  }

  struct Fit: Equatable {
    /// Variance of an offset about the parabolas, per component.
    var misfit: Double
    /// What they say of the middle, and its variance, in variances of an offset.
    var middle: Vector2
    var middleVariance: Double
  }

  /// Nil where the columns do not determine parabolas. O(unknowns³).
  func fit() -> Fit? {
    guard count >= Self.least else { return nil }
    var (reduced, rest) = (rows, squares)
    for pivot in 0..<Self.unknowns {
      let row = reduced[pivot]
      guard row[pivot] > 1e-6 * rows[pivot][pivot] else { return nil }
      let scaled = (1 / row[pivot]) * row
      rest -= row[6] * scaled[6] + row[7] * scaled[7]
      var below = pivot + 1
      while below < Self.unknowns {
        reduced[below] -= row[below] * scaled
        below += 1
      }
    }
    let last = reduced[Self.unknowns - 1]
    return Fit(
      misfit: max(0, rest) / Double(2 * (count - Self.unknowns)), middle: Vector2(last[6] / last[5], last[7] / last[5]),
      middleVariance: 1 / last[5])
  }
}
