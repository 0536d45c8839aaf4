// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// The order in which columns are fitted: outwards from one of them, so that each is looked for where its neighbours, fitted
/// before, say that it stands. So a lattice is followed however far it bends, as long as it bends little from column to
/// column.
final class ColumnWalkOrder {
  private var queue: [Int] = []
  private var isQueued: [Bool] = []
  /// Where each column was looked for, relative to its lattice point, pixels.
  private var expected: [Vector2] = []

  private static let nearest: [(i: Int, j: Int)] = [(-1, 0), (1, 0), (0, -1), (0, 1)]

  /// Calls `fit` for every column from `start` on (a position in `fits`, there with `first`) with the offset at which it is
  /// expected; `fit` answers with its result, unfitted where there is nothing to fit. Offsets that change by `steepest` or
  /// more from one column to the next, pixels, do not go on like that.
  func visit(
    _ fits: inout ColumnFits, from start: Int, expected first: Vector2, steepest: Double,
    fit: (_ position: Int, _ expected: Vector2) -> ColumnFits.Fit
  ) {
    let count = fits.fits.count
    queue.removeAll(keepingCapacity: true)
    isQueued.removeAll(keepingCapacity: true)
    isQueued.append(contentsOf: repeatElement(false, count: count))
    expected.removeAll(keepingCapacity: true)
    expected.append(contentsOf: repeatElement(.zero, count: count))
    queue.append(start)
    isQueued[start] = true
    expected[start] = first
    var next = 0
    while next < queue.count {
      let position = queue[next]
      next += 1
      let (column, row) = (position % fits.countI, position / fits.countI)
      var trend = OffsetTrend()
      for j in max(0, row - OffsetTrend.reach)...min(fits.countJ - 1, row + OffsetTrend.reach) {
        for i in max(0, column - OffsetTrend.reach)...min(fits.countI - 1, column + OffsetTrend.reach) {
          let other = fits.fits[j * fits.countI + i]
          if other.isFollowed { trend.add(i - column, j - row, other) }
        }
      }
      if let value = trend.value(steepest: steepest) { expected[position] = value }
      fits.fits[position] = fit(position, expected[position])
      for step in Self.nearest {
        let (i, j) = (column + step.i, row + step.j)
        guard i >= 0, j >= 0, i < fits.countI, j < fits.countJ, !isQueued[j * fits.countI + i] else { continue }
        let other = j * fits.countI + i
        isQueued[other] = true
        // Where nobody near by is good, as where the neighbour was expected.
        expected[other] = expected[position]
        queue.append(other)
      }
    }
  }
}
