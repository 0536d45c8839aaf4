// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

@testable import FrameIO

@Suite struct FrameGapsTests {
  func missing(_ frames: [Int64]) -> UInt64 {
    var gaps = FrameGaps()
    for frame in frames { gaps.see(source: "a", series: "s", frame: frame) }
    return gaps.missing
  }

  /// Numbers of a header are anybody's: none ends the program.
  @Test(
    arguments: [
      ([0, 1, 5, 6], 3), ([5, 2, 3], 0), ([9_223_372_036_854_775_806], 0),
      ([0, 9_223_372_036_854_775_806], 9_223_372_036_854_775_805),
      ([-5, 9_223_372_036_854_775_806], 0), ([3, -5, 5], 1), ([Int64.min, Int64.max, Int64.min, 0], 0),
      (
        [0, 9_223_372_036_854_775_806, 0, 9_223_372_036_854_775_806, 0, 9_223_372_036_854_775_806],
        9_223_372_036_854_775_799
      ),
    ] as [([Int64], UInt64)]) func numbersThatAreMissing(_ frames: [Int64], _ expected: UInt64)
  {
    #expect(missing(frames) == expected)
  }

  @Test(
    arguments: [("0", 0), ("7", 7), ("9223372036854775806", 9_223_372_036_854_775_806), ("-5", nil), ("1.5", nil)]
      as [(String, Int64?)])
  func numbersOfHeaders(_ number: String, _ expected: Int64?) {
    let header = Array(#"{"dtype":"uint8","shape":[16,16],"frame":\#(number)}"#.utf8)
    let facts = [header, [UInt8](repeating: 1, count: 256)].withBuffers { WireFacts(parts: $0) }
    #expect(facts.isFrame && facts.frame == expected)
  }
}
