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

  /// Columns whose offsets are averaged, the nearest first.
  private static let neighbours: [(i: Int, j: Int)] = [
    (-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1), (-2, 0), (2, 0),
  ]

  /// Calls `fit` for every column from `start` on (a position in `fits`) with the offset at which it is expected; `fit`
  /// answers with its result, unfitted where there is nothing to fit. `isGood` says whose offsets count.
  func visit(
    _ fits: inout ColumnFits, from start: Int, isGood: (ColumnFits.Fit) -> Bool,
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
    var next = 0
    while next < queue.count {
      let position = queue[next]
      next += 1
      let (column, row) = (position % fits.countI, position / fits.countI)
      var (sum, weight) = (Vector2.zero, 0.0)
      for step in Self.neighbours {
        let (i, j) = (column + step.i, row + step.j)
        guard i >= 0, j >= 0, i < fits.countI, j < fits.countJ else { continue }
        let other = fits.fits[j * fits.countI + i]
        guard other.isLocated, isGood(other) else { continue }
        sum = sum + other.offset
        weight += 1
      }
      if weight > 0 { expected[position] = (1 / weight) * sum }
      fits.fits[position] = fit(position, expected[position])
      for step in Self.neighbours.prefix(4) {
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
