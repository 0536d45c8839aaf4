// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// How every B column inside the image compares with the mean cell. The memory is kept between frames.
public struct ColumnFits: Sendable {
  /// One column: where it was found relative to its lattice point, image pixels, and its strength (1 is the mean cell).
  public struct Fit: Sendable, Equatable {
    public var offset: Vector2 = .zero
    /// How far it was from where its neighbours let it be expected, pixels.
    public var surprise = 0.0
    public var gain: Double = .nan
    /// One standard deviation of `gain` from the noise in the window.
    public var gainSigma: Double = .infinity
    /// There is enough of the column for `offset` to mean something.
    public var isLocated = false
    /// It was clear and near where its neighbours let it be expected, so that others are expected by it.
    var isFollowed = false
    /// The column is far from its lattice point or hardly there: another grain, contamination, vacuum, missing pixels.
    public var isPoor = true
    /// Where it stands.
    var part = Part.main

    /// False for columns too near the border to be fitted, and where all pixels are missing.
    public var isFitted: Bool { !gain.isNaN }
  }

  /// The crystal that is followed, columns where the image is torn, and what lies beyond (`CrystalParts`).
  enum Part: Sendable {
    case main, edge, other
  }

  /// The index range that is held; columns outside were not fitted.
  private(set) var firstI = 0
  private(set) var firstJ = 0
  private(set) var countI = 0
  private(set) var countJ = 0
  private var marks: [Bool] = []
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

  /// Whether the column nearest to a point of the image is poor; the columns are those of `local`.
  func isPoor(near p: Vector2, of local: LocalLattice) -> Bool {
    guard !fits.isEmpty else { return false }
    let c = local.straight.coordinates(of: p - local.displacement(at: p).displacement)
    return self[Int(c.x.rounded()), Int(c.y.rounded())]?.isPoor ?? false
  }

  /// Forgets all columns.
  mutating func removeAll() {
    (countI, countJ) = (0, 0)
    fits.removeAll(keepingCapacity: true)
  }

  /// Makes room for the given index ranges, all unfitted.
  mutating func reset(i: ClosedRange<Int>, j: ClosedRange<Int>) {
    (firstI, firstJ, countI, countJ) = (i.lowerBound, j.lowerBound, i.count, j.count)
    fits.removeAll(keepingCapacity: true)
    fits.append(contentsOf: repeatElement(Fit(), count: countI * countJ))
  }

  /// Marks columns as poor of whose neighbours most are poor: what looks like a column in amorphous material or in another
  /// grain is one by chance.
  mutating func spreadPoor() {
    for _ in 0..<2 {
      marks.removeAll(keepingCapacity: true)
      for position in fits.indices {
        marks.append(fits[position].isFitted && !fits[position].isPoor && !hasGoodCompany(position))
      }
      for position in fits.indices where marks[position] { fits[position].isPoor = true }
    }
  }

  /// Half of the columns within two steps are good.
  private func hasGoodCompany(_ position: Int) -> Bool {
    let (column, row) = (position % countI, position / countI)
    var (good, count) = (0, 0)
    for j in max(0, row - 2)...min(countJ - 1, row + 2) {
      for i in max(0, column - 2)...min(countI - 1, column + 2) where i != column || j != row {
        let fit = fits[j * countI + i]
        guard fit.isFitted else { continue }
        count += 1
        if !fit.isPoor { good += 1 }
      }
    }
    return 2 * good >= count
  }

  func index(at position: Int) -> (i: Int, j: Int) { (firstI + position % countI, firstJ + position / countI) }
}
