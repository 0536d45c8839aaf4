// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

@testable import FrameIO

@Suite struct Stream2DateTests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2026-03-01T12:00:05.25Z", 1_772_366_405_250_000_000),
      ("2026-03-01T13:00:05.25+01:00", 1_772_366_405_250_000_000),
      // Where nanoseconds leave 63 bits.
      ("2262-04-11T23:47:16.854775807Z", 9_223_372_036_854_775_807),
      ("2262-04-11T23:47:16.854775808Z", 9_223_372_036_854_775_808),
      ("2262-04-12T00:00:00Z", 9_223_372_800_000_000_000), ("2300-01-01T00:00:00Z", 10_413_792_000_000_000_000),
      ("2500-12-31T23:59:59.999999999Z", 16_756_761_599_999_999_999),
      // The latest that is a date: a leap second in the last zone of all.
      ("2500-12-31T23:59:60-99:99", 16_757_123_940_000_000_000),
    ] as [(String, UInt64)]) func datesInNanoseconds(_ text: String, _ expected: UInt64)
  {
    #expect(Stream2Date.parse(Array(text.utf8)) == expected)
  }

  @Test(arguments: [
    "", "2026-03-01", "2026-03-01T12:00:05", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01",
    "2501-01-01T00:00:00Z",
    "2026-13-01T00:00:00Z", "2026-03-01T12:00:05Zulu",
  ]) func whatIsNoDate(_ text: String) {
    #expect(Stream2Date.parse(Array(text.utf8)) == nil)
  }

  /// The end of an exposure stands as seconds after the date of its series, as a ratio of any two numbers.
  @Test(
    arguments: [
      (3_900_000, 1_000_000_000, 16_757_123_940_003_900_000), (0, 1, 16_757_123_940_000_000_000),
      (999_999_999, 1, 17_757_123_939_000_000_000), (1_000_000_000, 1, nil), (UInt64.max, 1, nil), (1, 0, nil),
      (UInt64.max, UInt64.max, 16_757_123_941_000_000_000),
    ] as [(UInt64, UInt64, UInt64?)]) func secondsAfterTheLatestDate(
      _ numerator: UInt64, _ denominator: UInt64, _ expected: UInt64?
    )
  {
    var date = Stream2Date()
    let found = Array("2500-12-31T23:59:60-99:99".utf8).withUnsafeBytes {
      date.nanoseconds($0, after: (numerator, denominator))
    }
    #expect(found == expected)
  }
}
