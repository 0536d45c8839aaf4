// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore
import Testing

/// Messages that are no frames: each is refused with its reason, and nothing is changed or lost.
@Suite struct FrameDecoderHostileTests {
  static let pixels = [UInt8](repeating: 1, count: 512)

  @Test(arguments: [
    ("", "truncated-header"),
    ("{", "truncated-header"),
    (#"{"dtype":"uint16","shape":[16,1"#, "truncated-header"),
    (#"{"dtype":"uint16","shape":[16,16]"#, "truncated-header"),
    (#"{"dtype":"uint1"#, "truncated-header"),
    (#"{"a":tru"#, "truncated-header"),
    (#"{"a":-"#, "truncated-header"),
    (#"{"a":"\"#, "truncated-header"),
    ("[]", "malformed-header"),
    ("{}x", "malformed-header"),
    ("{'a':1}", "malformed-header"),
    (#"{"a" 1}"#, "malformed-header"),
    (#"{"a":1 "b":2}"#, "malformed-header"),
    (#"{"a":1,,"b":2}"#, "malformed-header"),
    (#"{"a":01}"#, "malformed-header"),
    (#"{"a":1.}"#, "malformed-header"),
    (#"{"a":nul}"#, "malformed-header"),
    ("{\"a\":\"\n\"}", "malformed-header"),
    ("{}", "missing-field"),
    (#"{"dtype":"uint16"}"#, "missing-field"),
    (#"{"shape":[16,16]}"#, "missing-field"),
    (#"{"dtype":"complex64","shape":[16,16]}"#, "dtype"),
    (#"{"dtype":"","shape":[16,16]}"#, "dtype"),
    (#"{"dtype":"<","shape":[16,16]}"#, "dtype"),
    (#"{"dtype":16,"shape":[16,16]}"#, "dtype"),
    (#"{"dtype":"uint16","shape":[16,16],"encoding":"bslz4"}"#, "encoding"),
    (#"{"dtype":"uint16","shape":[16,16],"endianness":"middle"}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":16}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[]}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[256]}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[2,16,8]}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[1,1,1,16,16]}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[-16,-16]}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[16.5,16]}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[[16],16]}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":["a",16]}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[9223372036854775807,9223372036854775807]}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[99999999999999999999999,2]}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[2147483647,2147483647]}"#, "oversized"),
    (#"{"dtype":"uint16","shape":[16,8193]}"#, "oversized"),
    (#"{"dtype":"uint16","shape":[8,16]}"#, "undersized"),
    (#"{"dtype":"uint16","shape":[0,0]}"#, "undersized"),
    (#"{"dtype":"uint16","shape":[16,17]}"#, "shape-mismatch"),
    (#"{"dtype":"uint8","shape":[16,16]}"#, "shape-mismatch"),
    (#"{"dtype":"uint16","shape":[16,16],"frame":-1}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[16,16],"frame":1.5}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[16,16],"frame":[1]}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[16,16],"time_ns":-5}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[16,16],"valid_rows":17}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[16,16],"valid_rows":-1}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[16,16],"pixel_size_nm":0}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[16,16],"pixel_size_nm":"nan"}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[16,16],"pixel_size_nm":1e999}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[16,16],"dose_e_per_A2":"lots"}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[16,16],"last":"perhaps"}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[16,16],"source":""}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[16,16],"source":["a"]}"#, "bad-field"),
    (#"{"dtype":"uint16","shape":[16,16],"source":"\u12"}"#, "bad-field"),
    (#"{"htype":"image-1.0","dtype":"uint16","shape":[16,16]}"#, "htype"),
    (#"{"htype":7,"dtype":"uint16","shape":[16,16]}"#, "htype"),
  ]) func isRefused(header: String, reason: String) {
    var decoder = FrameDecoder()
    let before = Frame(header: FrameHeader(source: "x", frame: 3), image: Image(width: 2, height: 2, fill: 5))
    var frame = before
    let error = thrown { () throws(FrameError) in
      _ = try decoder.decode([Array("topic".utf8), Array(header.utf8), Self.pixels], into: &frame)
    }
    #expect(error?.reason == reason)
    #expect(error?.category == .badData && error?.description.contains("\n") == false)
    #expect(frame == before)
  }

  func reason(_ parts: [[UInt8]]) -> String? {
    var decoder = FrameDecoder()
    var frame = Frame(header: FrameHeader(source: "x", frame: 3), image: Image(width: 2, height: 2))
    return thrown { () throws(FrameError) in _ = try decoder.decode(parts, into: &frame) }?.reason
  }

  @Test func partCounts() {
    let header = Array(#"{"dtype":"uint16","shape":[16,16]}"#.utf8)
    #expect(reason([]) == "part-count")
    #expect(reason([header]) == "part-count")
    #expect(reason([Array("t".utf8), header]) == "part-count")
    #expect(reason([header, Self.pixels]) == nil)
    #expect(reason([header, Self.pixels, Self.pixels]) == "part-count")
    #expect(reason([Array("t".utf8), header, Self.pixels, []]) == "part-count")
    #expect(reason([[], []]) == "truncated-header")
  }

  @Test func headerBounds() {
    let blanks = [UInt8](repeating: 0x20, count: FrameDecoder.largestHeader)
    let header = Array(#"{"dtype":"uint16","shape":[16,16]}"#.utf8)
    #expect(reason([header + blanks, Self.pixels]) == "oversized-header")
    // Pixels behind a topic, without a header.
    #expect(reason([Array("abf".utf8), blanks + blanks]) == "malformed-header")
    #expect(reason([header + blanks[..<(blanks.count - header.count)], Self.pixels]) == nil)
    #expect(reason([Array(#"{"a":"#.utf8) + [0x22, 0xFF, 0xFE, 0x22, 0x7D], Self.pixels]) == "header-encoding")
    let deep = String(repeating: "[", count: 30_000)
    #expect(reason([Array(#"{"a":\#(deep)"#.utf8), Self.pixels]) == "malformed-header")
    #expect(
      reason([
        Array(#"{"source":"\#(String(repeating: "s", count: 300))","dtype":"u1","shape":[16,16]}"#.utf8),
        [UInt8](repeating: 0, count: 256),
      ]) == "bad-field")
  }

  /// Random damage to a good header: any answer but a crash; whatever is accepted fits its pixels.
  @Test func damagedHeadersNeverCrash() {
    var random = SeededRandom(seed: 11)
    let good = Array(
      #"{"htype":"array-1.0","dtype":"<u2","shape":["16",16],"frame":12,"source":"a\u00e9","time_ns":5,"x":{"y":[1.5e3]}}"#
        .utf8)
    var accepted = 0
    for _ in 0..<20_000 {
      var header = good
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let at = Int.random(in: 0..<header.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: header[at] = UInt8.random(in: 0...255, using: &random)
        case 1: header.remove(at: at)
        default: header.insert(UInt8.random(in: 32...126, using: &random), at: at)
        }
      }
      var decoder = FrameDecoder()
      var frame = Frame(header: FrameHeader(source: "x", frame: 3), image: Image(width: 2, height: 2))
      if (try? decoder.decode([header, Self.pixels], into: &frame)) == .frame {
        accepted += 1
        #expect(frame.image.pixels.count * 2 == Self.pixels.count)
      }
    }
    #expect(accepted > 0)
  }
}
