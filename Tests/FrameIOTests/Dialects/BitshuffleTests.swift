// SPDX-License-Identifier: GPL-3.0-or-later
import CBitshuffle
import GlazerCore
import Testing

@testable import FrameIO

@Suite struct BitshuffleTests {
  /// The definition, forwards: row r holds bit r of every element.
  func shuffled(_ bytes: [UInt8], elementSize: Int) -> [UInt8] {
    let count = bytes.count / elementSize
    var rows = [UInt8](repeating: 0, count: bytes.count)
    for element in 0..<count {
      for bit in 0..<8 * elementSize where bytes[element * elementSize + bit / 8] >> (bit % 8) & 1 == 1 {
        rows[bit * count / 8 + element / 8] |= 1 << (element % 8)
      }
    }
    return rows
  }

  @Test(arguments: [1, 2, 3, 4, 8], [8, 56, 64, 72, 128, 1000, 4096])
  func bothUndoTheDefinition(_ elementSize: Int, _ count: Int) {
    var random = SeededRandom(seed: 5)
    let bytes = (0..<count * elementSize).map { _ in UInt8.random(in: 0...255, using: &random) }
    let rows = shuffled(bytes, elementSize: elementSize)
    var output = [UInt8](repeating: 0, count: bytes.count)
    glazer_bitunshuffle_reference(rows, &output, count, elementSize)
    #expect(output == bytes)
    output = [UInt8](repeating: 0, count: bytes.count)
    glazer_bitunshuffle(rows, &output, count, elementSize)
    #expect(output == bytes)
  }
}
