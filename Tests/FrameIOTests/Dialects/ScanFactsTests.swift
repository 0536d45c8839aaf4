// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Testing

@testable import FrameIO

/// `user_data` of stream2 by the rules that JSON headers go by (PROTOCOL.md).
@Suite("Facts about the scan in CBOR")
struct ScanFactsTests {
  private func facts(_ key: String, _ value: [UInt8]) throws -> ScanFacts {
    let bytes: [UInt8] = [0xA1, 0x60 | UInt8(key.utf8.count)] + Array(key.utf8) + value
    return try bytes.withUnsafeBytes { try ScanFacts(userData: CBORReader($0)) }
  }

  private func text(_ text: String) -> [UInt8] { [0x60 | UInt8(text.utf8.count)] + Array(text.utf8) }

  @Test("null, undefined and NaN are as good as absent", arguments: [[0xF6], [0xF7], [0xF9, 0x7E, 0x00]] as [[UInt8]])
  func absent(_ value: [UInt8]) throws {
    for key in ["pixel_size_nm", "fov_nm", "rotation_rad", "pixel_time_us", "dose_e_per_A2", "valid_rows"] {
      let facts = try facts(key, value)
      #expect(facts.pixelSizeNm == nil && facts.fieldOfViewNm == nil && facts.rotationRad == nil)
      #expect(facts.pixelTimeUs == nil && facts.dosePerA2 == nil && facts.validRows == nil)
    }
  }

  @Test("a string that holds a number will do, another will not")
  func strings() throws {
    #expect(try facts("pixel_size_nm", text("0.0125")).pixelSizeNm == 0.0125)
    #expect(try facts("valid_rows", text("256")).validRows == 256)
    #expect(throws: FrameError.invalidField("valid_rows", found: "\"half\"", expected: "a finite number")) {
      try facts("valid_rows", text("half"))
    }
    #expect(throws: FrameError.self) { try facts("valid_rows", [0x80]) }
    #expect(throws: FrameError.self) { try facts("dose_e_per_A2", [0x00]) }
    #expect(throws: FrameError.self) { try facts("rotation_rad", [0xF9, 0x7C, 0x00]) }
  }

  @Test("last is true, 1 or a string of these")
  func last() throws {
    for value in [[0xF5], [0x01], text("true"), text("1")] as [[UInt8]] {
      #expect(try facts("last", value).isLast)
    }
    for value in [[0xF4], [0x00], [0xF6], text("false")] as [[UInt8]] {
      #expect(try !facts("last", value).isLast)
    }
    #expect(throws: FrameError.self) { try facts("last", text("soon")) }
    #expect(throws: FrameError.self) { try facts("last", [0x02]) }
  }
}
