// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// What the offsets of columns near by say of one: a straight line through them by least squares, whose slope is drawn towards
/// zero as far as their noise could have made it. Lives on the stack.
///
/// The slope has to be learned from many columns at once: going on as from the second to the first neighbour has five
/// times the variance of an offset, and in noisy frames loses the lattice.
struct OffsetTrend {
  /// Columns on either side that take part.
  static let reach = 2
  /// Standard deviation of an offset over that of its relative gain, and usual change from column to column, as shares of the
  /// same length: only their ratio matters.
  private static let offsetNoise = 0.2
  private static let usualSlope = 0.05

  private var count = 0.0
  private var index = SIMD2<Double>.zero
  private var squares = SIMD3<Double>.zero
  private var offset = Vector2.zero
  private var alongI = Vector2.zero
  private var alongJ = Vector2.zero
  private var noise = 0.0

  /// `i`, `j` from the column that is asked for.
  mutating func add(_ i: Int, _ j: Int, _ fit: ColumnFits.Fit) {
    let (x, y) = (Double(i), Double(j))
    count += 1
    index += SIMD2(x, y)
    squares += SIMD3(x * x, x * y, y * y)
    offset = offset + fit.offset
    alongI = alongI + x * fit.offset
    alongJ = alongJ + y * fit.offset
    let relative = fit.gainSigma / fit.gain
    noise += relative * relative
  }

  /// The offset to be expected; nil without any column. Where the line is steeper than `steepest` along either axis it is the mean.
  func value(steepest: Double) -> Vector2? {
    guard count > 0 else { return nil }
    let middle = (1 / count) * offset
    let at = index / count
    let ridge = Self.offsetNoise * Self.offsetNoise / (Self.usualSlope * Self.usualSlope) * noise / count
    let ii = squares.x - count * at.x * at.x + ridge
    let ij = squares.y - count * at.x * at.y
    let jj = squares.z - count * at.y * at.y + ridge
    let determinant = ii * jj - ij * ij
    guard determinant > 1e-6 else { return middle }
    let (i, j) = (alongI - at.x * offset, alongJ - at.y * offset)
    let slopeI = (1 / determinant) * (jj * i - ij * j)
    let slopeJ = (1 / determinant) * (ii * j - ij * i)
    guard max(slopeI.length, slopeJ.length) < steepest else { return middle }
    return middle - at.x * slopeI - at.y * slopeJ
  }
}
