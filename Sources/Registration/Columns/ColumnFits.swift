// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// How every B column inside the image compares with the mean cell. The memory is kept between frames.
public struct ColumnFits: Sendable {
  /// One column: where it was found relative to its lattice point, image pixels, and its strength (1 is the mean cell).
  public struct Fit: Sendable, Equatable {
    public var offset: Vector2 = .zero
    public var gain: Double = .nan
    /// One standard deviation of `gain` from the noise in the window.
    public var gainSigma: Double = .infinity
    /// There is enough of the column for `offset` to mean something.
    public var isLocated = false
    /// The column is far from its lattice point or hardly there: another grain, contamination, vacuum, missing pixels.
    public var isPoor = true

    /// False for columns too near the border to be fitted, and where all pixels are missing.
    public var isFitted: Bool { !gain.isNaN }
  }

  /// The index range that is held; columns outside were not fitted.
  private(set) var firstI = 0
  private(set) var firstJ = 0
  private(set) var countI = 0
  private(set) var countJ = 0
  var fits: [Fit] = []

  public init() {}

  /// The fit of column (i, j); nil where the column is outside the image or too near its border.
  public subscript(i: Int, j: Int) -> Fit? {
    guard i >= firstI, j >= firstJ, i < firstI + countI, j < firstJ + countJ else { return nil }
    let fit = fits[(j - firstJ) * countI + i - firstI]
    return fit.isFitted ? fit : nil
  }

  /// Sets `CellFlags.poorLattice` on the rows of `table` whose column is poor. The indices must be those of the lattice that
  /// this was fitted with.
  public func flagPoorColumns(in table: inout CellTable) {
    for row in 0..<table.count {
      guard let fit = self[Int(table.i[row]), Int(table.j[row])], fit.isPoor else { continue }
      table.flags[row] |= CellFlags.poorLattice.rawValue
    }
  }

  /// Makes room for the given index ranges, all unfitted.
  mutating func reset(i: ClosedRange<Int>, j: ClosedRange<Int>) {
    (firstI, firstJ, countI, countJ) = (i.lowerBound, j.lowerBound, i.count, j.count)
    fits.removeAll(keepingCapacity: true)
    fits.append(contentsOf: repeatElement(Fit(), count: countI * countJ))
  }

  func index(at position: Int) -> (i: Int, j: Int) { (firstI + position % countI, firstJ + position / countI) }
}
