// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import FrameIO

@Suite struct CBORReaderTests {
  /// Reads `hex` and steps over it; the text of what stands there for numbers.
  func read<Result>(_ hex: String, _ body: (inout CBORReader) throws(FrameError) -> Result) throws -> Result {
    var bytes: [UInt8] = []
    var rest = hex[...]
    while !rest.isEmpty {
      bytes.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
      rest = rest.dropFirst(2)
    }
    return try bytes.withUnsafeBytes { buffer in
      var reader = CBORReader(buffer)
      return try body(&reader)
    }
  }

  /// Appendix A of RFC 8949: numbers.
  @Test(arguments: [
    ("00", 0.0), ("17", 23), ("1818", 24), ("18ff", 255), ("1903e8", 1000), ("1a000f4240", 1e6),
    ("1b000000e8d4a51000", 1e12), ("1bffffffffffffffff", 18_446_744_073_709_551_616), ("20", -1), ("3903e7", -1000),
    ("3bffffffffffffffff", -18_446_744_073_709_551_616), ("f90000", 0), ("f93e00", 1.5), ("f97bff", 65504),
    ("f90001", 5.960464477539063e-8), ("f9c400", -4), ("fa47c35000", 100000), ("fa7f7fffff", 3.4028234663852886e38),
    ("fb3ff199999999999a", 1.1), ("fb7e37e43c8800759c", 1e300), ("f97c00", .infinity), ("fbc010666666666666", -4.1),
  ]) func numbers(_ hex: String, _ value: Double) throws {
    #expect(try read(hex) { (reader) throws(FrameError) in try reader.number() } == value)
  }

  /// Appendix A of RFC 8949: everything can be stepped over, to the last byte.
  @Test(arguments: [
    "f4", "f5", "f6", "f7", "f0", "f8ff", "c074323031332d30332d32315432303a30343a30305a", "c1fb41d452d9e2000000",
    "d74401020304", "d818456449455446", "40", "4401020304", "60", "6161", "62c3bc", "80", "83010203",
    "8301820203820405", "98190102030405060708090a0b0c0d0e0f101112131415161718181819", "a0", "a201020304",
    "a26161016162820203", "5f42010243030405ff", "7f657374726561646d696e67ff", "9fff", "9f018202039f0405ffff",
    "83018202039f0405ff", "bf61610161629f0203ffff", "826161bf61626163ff", "bf6346756ef563416d7421ff",
  ]) func skipping(_ hex: String) throws {
    let isAtEnd = try read(hex) { (reader) throws(FrameError) in
      try reader.skip()
      return reader.isAtEnd
    }
    #expect(isAtEnd)
  }

  @Test(arguments: [
    "", "18", "19ff", "1b00000000000000", "61", "5f42010243030405", "9f01", "a161", "1c", "1f", "3f", "df", "ff",
    "f81f",
    "5f6161ff", "5f5f4101ffff", "c0", "9bffffffffffffffff", "bb8000000000000000", "7b7fffffffffffffff",
  ]) func malformed(_ hex: String) {
    #expect(throws: FrameError.self) { try read(hex) { (reader) throws(FrameError) in try reader.skip() } }
  }

  @Test(arguments: [
    ("2026-03-01T12:00:05.25Z", 1_772_366_405_250_000_000 as UInt64?), ("1970-01-01T00:00:00Z", 0),
    ("2000-02-29T23:59:59+01:00", 951_865_199_000_000_000),
    ("2026-03-01T12:00:05.123456789-05:30", 1_772_386_205_123_456_789),
    ("2026-03-01T12:00:05", nil), ("2026-13-01T12:00:05Z", nil), ("2026-03-01", nil), ("", nil),
    ("2026-03-01T12:00:05.25Zjunk", nil), ("1969-12-31T00:00:00Z", nil), ("99999-03-01T12:00:05Z", nil),
  ]) func dates(_ text: String, _ ns: UInt64?) {
    #expect(Stream2Date.parse(Array(text.utf8)) == ns)
  }
}
