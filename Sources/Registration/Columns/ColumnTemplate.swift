// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// The mean cell around its B column with its slopes, tabulated: what every B column of the image is compared with.
struct ColumnTemplate {
  /// Half size of the window around a column, cell coordinates: up to where its neighbours (½ away) begin.
  static let halfU = 0.30
  static let halfV = 0.22
  static let columns = 48
  static let rows = 48

  /// Value, d/du, d/dv, 0: [row][column], v and u from −half to +half, at the middle of table cells.
  private(set) var table = [SIMD4<Float>](repeating: .zero, count: rows * columns)

  /// O(rows · columns · reflections); no allocation.
  mutating func fill(_ cell: MeanCell) {
    for row in 0..<Self.rows {
      let v = cell.siteB.v + Self.halfV * (2 * (Double(row) + 0.5) / Double(Self.rows) - 1)
      // e^(2πi h u) by recurrence along the row, one per reflection.
      var terms = StructureFactors(repeating: .zero)
      var steps = StructureFactors(repeating: .zero)
      let u0 = cell.siteB.u + Self.halfU * (1 / Double(Self.columns) - 1)
      for index in 0..<Reflections.count {
        let (h, k) = (Double(Reflections.indices[index].h), Double(Reflections.indices[index].k))
        terms[index] = 2 * (cell.factors[index] * Complex(phase: 2 * .pi * (h * u0 + k * v)))
        steps[index] = Complex(phase: 2 * .pi * h * 2 * Self.halfU / Double(Self.columns))
      }
      for column in 0..<Self.columns {
        var (value, du, dv) = (0.0, 0.0, 0.0)
        for index in 0..<Reflections.count {
          let (h, k) = (Double(Reflections.indices[index].h), Double(Reflections.indices[index].k))
          let term = terms[index]
          value += term.re
          du -= h * term.im
          dv -= k * term.im
          terms[index] = term * steps[index]
        }
        table[row * Self.columns + column] = SIMD4(Float(value), Float(2 * .pi * du), Float(2 * .pi * dv), 0)
      }
    }
  }
}
