// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import Emulator

@Suite("Rows as small integers")
struct RowQuantizationTests {
  @Test(
    "a number is good to half a step of its row's largest; a row of zeros stays one", arguments: [127, 7])
  func accuracy(levels: Int) {
    var random = SeededRandom(seed: 8)
    var rows = (0..<12).map { row -> [Float] in
      let size = pow(10, Double(row) - 6)
      return (0..<30).map { _ in Float(size * random.gaussian()) }
    }
    rows.append(Array(repeating: 0, count: 30))
    let stored = RowQuantization(rows.flatMap { $0 }, columns: 30, levels: levels)
    let restored = stored.restored(columns: 30)
    for (r, row) in rows.enumerated() {
      let largest = row.map { abs($0) }.max() ?? 0
      for (n, value) in row.enumerated() {
        #expect(abs(restored[r * 30 + n] - value) <= largest / Float(2 * levels) * 1.0001)
      }
    }
    // A second time nothing is lost any more.
    let again = RowQuantization(restored, columns: 30, levels: levels)
    #expect(again.values == stored.values)
  }

  @Test("half bytes come back, in rows of even and odd length", arguments: [1, 2, 7, 16])
  func halfBytes(columns: Int) {
    let values = (0..<columns * 15).map { Int8($0 % 15 - 7) }
    let stored = RowQuantization(values: values, scales: Array(repeating: 1, count: 15))
    let pairs = stored.pairs(columns: columns)
    #expect(pairs.count == 15 * ((columns + 1) / 2))
    #expect(RowQuantization.split(pairs, columns: columns) == values)
  }
}
