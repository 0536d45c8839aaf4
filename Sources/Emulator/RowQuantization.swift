// SPDX-License-Identifier: GPL-3.0-or-later

/// Rows of numbers as small integers with a scale each.
///
/// With 127 levels a number is good to 0.4 % of its row's largest, with 7 to 7 %.
struct RowQuantization {
  let values: [Int8]
  let scales: [Float]

  init(values: [Int8], scales: [Float]) { (self.values, self.scales) = (values, scales) }

  /// Integers of −`levels` to `levels`.
  init(_ numbers: [Float], columns: Int, levels: Int) {
    var values: [Int8] = []
    var scales: [Float] = []
    for row in stride(from: 0, to: numbers.count, by: max(1, columns)) {
      let own = numbers[row..<row + columns]
      let largest = own.reduce(0) { max($0, abs($1)) }
      let scale = largest > 0 ? largest / Float(levels) : 1
      scales.append(scale)
      values += own.map { Int8(($0 / scale).rounded()) }
    }
    (self.values, self.scales) = (values, scales)
  }

  func restored(columns: Int) -> [Float] { values.indices.map { Float(values[$0]) * scales[$0 / max(1, columns)] } }

  /// Two numbers of −8 to 7 a byte, the first in the lower half; a row of odd length ends in an empty half.
  func pairs(columns: Int) -> [Int8] {
    stride(from: 0, to: values.count, by: max(1, columns)).flatMap { row in
      stride(from: row, to: row + columns, by: 2).map { n in
        let high = n + 1 < row + columns ? values[n + 1] : 0
        return Int8(truncatingIfNeeded: (Int(values[n]) & 15) | (Int(high) & 15) << 4)
      }
    }
  }

  /// The inverse of `pairs`.
  static func split(_ pairs: [Int8], columns: Int) -> [Int8] {
    let width = (columns + 1) / 2
    return stride(from: 0, to: pairs.count, by: max(1, width)).flatMap { row in
      (0..<columns).map { n in
        let pair = pairs[row + n / 2]
        return n.isMultiple(of: 2) ? (pair << 4) >> 4 : pair >> 4
      }
    }
  }
}
