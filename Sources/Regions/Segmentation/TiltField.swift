// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference

/// What one cell says by itself, on the lattice: the network's lean towards the middle of its training is taken out, and the
/// sign with which q alternates.
struct FieldCell {
  /// Row of the table; −1 where there is no cell.
  var row: Int32 = -1
  var label: Int32 = -1
  /// Steps from the readable cell of its domain that is nearest, on the way that the domain grew: 0 for readable cells themselves.
  var silentSteps: Int32 = 0
  var isOdd = false
  /// Of j.
  var isOddRow = false
  /// (−1)^(i+j) q, c, s in degrees, and one over their variances; 0 where the cell says nothing.
  var value = SIMD3<Float>.zero
  var information = SIMD3<Float>.zero

  /// Nothing was read here: at the border, on a poor lattice or bad pixels, unfamiliar, or with nothing beyond the network's lean.
  var isSilent: Bool { information == .zero }

  /// Lanes Q, c, s of even rows, s of odd rows.
  var lanes: SIMD4<Float> { isOddRow ? SIMD4(value.x, value.y, 0, value.z) : SIMD4(value.x, value.y, value.z, 0) }
  var weights: SIMD4<Float> {
    isOddRow
      ? SIMD4(information.x, information.y, 0, information.z) : SIMD4(information.x, information.y, information.z, 0)
  }
}

/// The cells of a frame by their indices, with a margin of empty places all around, so that every cell has all its neighbours.
struct TiltField {
  /// Places along i and j, margins included.
  private(set) var countI = 0
  private(set) var countJ = 0
  var cells: [FieldCell] = []
  /// Places that hold a cell, in the order of the table.
  private(set) var occupied: [Int32] = []

  /// Empty places on each side: as far as anything looks (`SharedErrors`; `WallWindow` half as far).
  static let margin = 4

  private static let unfit: CellFlags = [.border, .poorLattice, .unfamiliar, .badPixels]

  /// False, and empty, where the indices are spread so far that most places would be empty (a table from elsewhere).
  mutating func fill(_ table: CellTable, _ readings: [TiltReading], spread: TargetSpread?) -> Bool {
    occupied.removeAll(keepingCapacity: true)
    cells.removeAll(keepingCapacity: true)
    guard table.count > 0, readings.count == table.count else { return false }
    var (i0, i1, j0, j1) = (Int.max, Int.min, Int.max, Int.min)
    for row in 0..<table.count {
      (i0, i1) = (min(i0, Int(table.i[row])), max(i1, Int(table.i[row])))
      (j0, j1) = (min(j0, Int(table.j[row])), max(j1, Int(table.j[row])))
    }
    (countI, countJ) = (i1 - i0 + 1 + 2 * Self.margin, j1 - j0 + 1 + 2 * Self.margin)
    // A strip across the diagonal of a long frame fills a sixteenth of its box.
    guard countI.multipliedReportingOverflow(by: countJ).partialValue <= 64 * table.count + 4096,
      countI < 1 << 20, countJ < 1 << 20
    else { return false }
    cells.append(contentsOf: repeatElement(FieldCell(), count: countI * countJ))
    for row in 0..<table.count {
      let (i, j) = (Int(table.i[row]), Int(table.j[row]))
      let place = (j - j0 + Self.margin) * countI + i - i0 + Self.margin
      cells[place].row = Int32(row)
      cells[place].isOdd = (i ^ j) & 1 != 0
      cells[place].isOddRow = j & 1 != 0
      occupied.append(Int32(place))
      guard CellFlags(rawValue: table.flags[row]).isDisjoint(with: Self.unfit) else { continue }
      cells[place].set(readings[row], spread: spread)
    }
    return true
  }

  /// Offsets to the eight neighbours: along i and j first.
  var neighbours: SIMD8<Int> {
    SIMD8(-1, 1, -countI, countI, -countI - 1, -countI + 1, countI - 1, countI + 1)
  }
}

extension FieldCell {
  fileprivate mutating func set(_ reading: TiltReading, spread: TargetSpread?) {
    func lane(_ value: Double, _ sigma: Double, _ spread: Double?) -> (value: Float, information: Float) {
      guard value.isFinite, sigma.isFinite, sigma > 0 else { return (0, 0) }
      // The image alone: a network trained by likelihood answers with a posterior under the spread of its training
      // (ARCHITECTURE.md, "Evidence is added").
      let prior = spread.map { 1 / $0 } ?? 0
      let information = 1 / (sigma * sigma) - prior
      guard information > 0.02 * prior else { return (0, 0) }
      return (Float(value / (sigma * sigma) / information), Float(information))
    }
    let q = lane(reading.q, reading.qSigma, spread?.q)
    let c = lane(reading.split.c, reading.cSigma, spread?.c)
    let s = lane(reading.split.s, reading.sSigma, spread?.s)
    value = SIMD3(isOdd ? -q.value : q.value, c.value, s.value)
    information = SIMD3(q.information, c.information, s.information)
  }
}
