// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Which columns are of one crystal: the parts of an image between which the lattice is torn, as by the boundary of a grain
/// that is turned by a few degrees and that columns were followed into.
///
/// A crystal may be strained and a scan bent: still parabolas go through the offsets in a small window, up to noise. Across
/// a boundary they do not, for the rows of two crystals are out of step almost everywhere along it. Columns whose windows
/// hold together are joined; the largest part is the crystal that is followed, and takes in what stands near its edge where
/// its own parabolas go on.
struct CrystalParts {
  /// Whether there is more than one.
  var areSeveral: Bool { parts.count > 1 }

  private var misfits: [Double] = []
  private var scratch: [Double] = []
  private var labels: [Int32] = []
  private var isTorn: [Bool] = []
  private var parts: [Part] = []

  private struct Part {
    var count: Int
    /// Change of the offset from one column to the next along both axes, pixels.
    var alongI: Vector2
    var alongJ: Vector2
  }
  private var queue: [Int] = []

  /// A window is torn when its misfit is so many times the usual variance and more than the square of this share of |a|
  /// (0.04 Å).
  private static let tornRatio = 2.5
  private static let tornShare = 0.016
  /// Columns of a part whose line is worth anything.
  private static let leastCount = 12
  /// Fewer columns that were not found where they were expected are no boundary.
  private static let leastStrays = 3
  /// Larger standard deviations of offsets than this share of |a| (0.17 Å).
  private static let noisiestShare = 0.06
  /// Columns this near to a torn one do not join others.
  private static let reach = 2
  /// Parts whose offsets change by as much from column to column, within this share of |a| (1°), are of one crystal, though
  /// out of step where they were reached on different ways.
  private static let sameChange = 0.02

  /// Says of every column whether it is of the largest part (`ColumnFits.Fit.part`).
  mutating func divide(_ fits: inout ColumnFits, lattice: Lattice) {
    parts.removeAll(keepingCapacity: true)
    // Following columns across a boundary goes wrong here and there.
    var strays = 0
    for fit in fits.fits where fit.isFitted && !fit.isFollowed { strays += 1 }
    guard strays >= Self.leastStrays else { return }
    measure(fits)
    scratch.removeAll(keepingCapacity: true)
    for misfit in misfits where !misfit.isNaN { scratch.append(misfit) }
    // An image of few columns is taken as a whole.
    guard let usual = scratch.takeMedian() else { return }
    // Nor is an image whose noise would hide a boundary and make others up divided.
    let noisiest = Self.noisiestShare * lattice.a.length
    guard usual < noisiest * noisiest else { return }
    let share = Self.tornShare * lattice.a.length
    label(fits, limit: max(Self.tornRatio * usual, share * share))
    let main = largest(within: Self.sameChange * lattice.a.length)
    guard main > 0 else { return }
    for position in fits.fits.indices {
      fits.fits[position].part = labels[position] == main ? .main : labels[position] == 0 ? .edge : .other
    }
    grow(&fits, limit: max(16 * usual, 2 * share * share))
  }

  /// Calls `body` with the positions and steps of all columns in the window about `position`.
  private static func window(
    _ fits: ColumnFits, about position: Int, _ body: (_ other: Int, _ i: Int, _ j: Int) -> Void
  ) {
    let (column, row) = (position % fits.countI, position / fits.countI)
    for j in max(0, row - SmoothWindow.halfJ)...min(fits.countJ - 1, row + SmoothWindow.halfJ) {
      for i in max(0, column - SmoothWindow.halfI)...min(fits.countI - 1, column + SmoothWindow.halfI) {
        body(j * fits.countI + i, i - column, j - row)
      }
    }
  }

  private static func neighbours(_ fits: ColumnFits, of position: Int, _ body: (Int) -> Void) {
    let (column, row) = (position % fits.countI, position / fits.countI)
    if column > 0 { body(position - 1) }
    if column + 1 < fits.countI { body(position + 1) }
    if row > 0 { body(position - fits.countI) }
    if row + 1 < fits.countJ { body(position + fits.countI) }
  }

  /// Misfits of the windows about all columns; NaN where they cannot be told.
  private mutating func measure(_ fits: ColumnFits) {
    misfits.removeAll(keepingCapacity: true)
    for position in fits.fits.indices {
      guard fits.fits[position].isFitted else {
        misfits.append(.nan)
        continue
      }
      var window = SmoothWindow()
      Self.window(fits, about: position) { other, i, j in
        if fits.fits[other].isLocated { window.add(i, j, fits.fits[other].offset) }
      }
      misfits.append(window.fit()?.misfit ?? .nan)
    }
  }

  /// Joins neighbours whose windows are not torn, nor those of columns near by: a boundary has gaps where the two crystals
  /// happen to be in step.
  private mutating func label(_ fits: ColumnFits, limit: Double) {
    parts.removeAll(keepingCapacity: true)
    isTorn.removeAll(keepingCapacity: true)
    for misfit in misfits { isTorn.append(misfit > limit) }
    labels.removeAll(keepingCapacity: true)
    labels.append(contentsOf: repeatElement(0, count: misfits.count))
    for start in misfits.indices where labels[start] == 0 && isJoined(fits, start) {
      let label = Int32(parts.count + 1)
      queue.removeAll(keepingCapacity: true)
      queue.append(start)
      labels[start] = label
      var next = 0
      while next < queue.count {
        let position = queue[next]
        next += 1
        Self.neighbours(fits, of: position) { other in
          guard labels[other] == 0, isJoined(fits, other) else { return }
          labels[other] = label
          queue.append(other)
        }
      }
      parts.append(part(fits))
    }
  }

  /// The part of the columns in the queue, with the straight line through their offsets.
  private func part(_ fits: ColumnFits) -> Part {
    var system = SymmetricSystem(size: 3)
    var (right, down) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
    let first = queue[0]
    for position in queue where fits.fits[position].isLocated {
      let basis = SIMD4(
        1, Double(position % fits.countI - first % fits.countI), Double(position / fits.countI - first / fits.countI), 0
      )
      for row in 0..<3 { for column in 0...row { system.add(row, column, basis[row] * basis[column]) } }
      right += fits.fits[position].offset.x * basis
      down += fits.fits[position].offset.y * basis
    }
    system.setRight(right)
    let x = system.solution()
    system.setRight(down)
    guard let x, let y = system.solution() else { return Part(count: queue.count, alongI: .zero, alongJ: .zero) }
    return Part(count: queue.count, alongI: Vector2(x[1], y[1]), alongJ: Vector2(x[2], y[2]))
  }

  /// Label of the largest part of the largest crystal; -1 without any. O(parts²).
  private func largest(within tolerance: Double) -> Int32 {
    var best = (label: Int32(-1), total: 0, count: 0)
    for (index, part) in parts.enumerated() where part.count >= Self.leastCount {
      var total = 0
      for other in parts
      where other.count >= Self.leastCount
        && max((other.alongI - part.alongI).length, (other.alongJ - part.alongJ).length) < tolerance
      {
        total += other.count
      }
      if (total, part.count) > (best.total, best.count) { best = (Int32(index + 1), total, part.count) }
    }
    return best.label
  }

  private func isJoined(_ fits: ColumnFits, _ position: Int) -> Bool {
    guard !misfits[position].isNaN else { return false }
    let (column, row) = (position % fits.countI, position / fits.countI)
    for j in max(0, row - Self.reach)...min(fits.countJ - 1, row + Self.reach) {
      for i in max(0, column - Self.reach)...min(fits.countI - 1, column + Self.reach) where isTorn[j * fits.countI + i]
      {
        return false
      }
    }
    return true
  }

  /// Takes columns beside the main part into it that stand where its parabolas say, within `limit`, px².
  private mutating func grow(_ fits: inout ColumnFits, limit: Double) {
    queue.removeAll(keepingCapacity: true)
    for position in fits.fits.indices where fits.fits[position].part == .main { queue.append(position) }
    var next = 0
    while next < queue.count {
      let position = queue[next]
      next += 1
      Self.neighbours(fits, of: position) { other in
        guard fits.fits[other].part == .edge, fits.fits[other].isFollowed else { return }
        if misfits[other].isNaN {
          fits.fits[other].part = .main
          queue.append(other)
          return
        }
        var window = SmoothWindow()
        Self.window(fits, about: other) { column, i, j in
          if fits.fits[column].part == .main, fits.fits[column].isFollowed {
            window.add(i, j, fits.fits[column].offset)
          }
        }
        guard let fit = window.fit(), fit.middleVariance < 1 else { return }
        let miss = fits.fits[other].offset - fit.middle
        guard miss.dot(miss) <= limit else { return }
        fits.fits[other].part = .main
        queue.append(other)
      }
    }
  }
}
