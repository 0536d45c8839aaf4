// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore
import Testing

/// Fixtures cut at every byte and with flipped bits: any answer but a crash; a frame is left as it was or is whole.
@Suite struct DialectDamageTests {
  static let names = Fixture.names.filter { !$0.hasPrefix("native") }

  /// Decodes; false when it was refused, and then nothing was changed.
  func isTaken(_ parts: [[UInt8]], _ decoder: inout FrameDecoder, _ frame: inout Frame) -> Bool {
    let before = frame
    do throws(FrameError) {
      if try decoder.decode(parts, into: &frame) == .frame {
        #expect(frame.image.pixels.count == frame.image.width * frame.image.height)
      }
      return true
    } catch {
      #expect(frame == before)
      #expect(!error.description.contains("\n") && error.category == .badData)
      return false
    }
  }

  @Test(arguments: names) func cutAnywhere(_ name: String) throws {
    let parts = try Fixture.parts(name)
    var decoder = FrameDecoder()
    var frame = Frame(header: FrameHeader(source: "x", frame: 3), image: Image(width: 2, height: 2, fill: 5))
    for part in parts.indices {
      // Times, and the tables that are passed over, may be anything; so may an appendix that is no JSON.
      let isIgnored = name.contains("image") ? part == 3 : [2, 3, 6, 7].contains(part)
      for count in 0..<parts[part].count {
        var cut = parts
        cut[part] = Array(parts[part][..<count])
        let isTaken = isTaken(cut, &decoder, &frame)
        #expect(!isTaken || isIgnored || part > 0 && count == 0, "part \(part) of \(name) cut to \(count) bytes")
      }
      var missing = parts
      missing.remove(at: part)
      _ = self.isTaken(missing, &decoder, &frame)
    }
  }

  @Test(arguments: names) func flippedBits(_ name: String) throws {
    let parts = try Fixture.parts(name)
    var random = SeededRandom(seed: 17)
    var decoder = FrameDecoder(settings: .init(leftoverSilenceS: 5))
    var frame = Fixture.emptyFrame
    for _ in 0..<1500 {
      var damaged = parts
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let part = Int.random(in: 0..<parts.count, using: &random)
        guard !parts[part].isEmpty else { continue }
        // Half of them where structure stands.
        let limit = Bool.random(using: &random) ? parts[part].count : min(parts[part].count, 80)
        damaged[part][Int.random(in: 0..<limit, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      }
      _ = isTaken(damaged, &decoder, &frame)
    }
    // Whatever came before: the next good message is read.
    var sound = FrameDecoder()
    #expect(isTaken(parts, &sound, &frame) || name.hasPrefix("pickle"))
  }

  /// A few bytes that claim a whole screen are refused before memory is taken for it.
  @Test func claimsAreCheckedAgainstTheBytes() throws {
    func reason(_ parts: [[UInt8]]) -> String? {
      var decoder = FrameDecoder()
      var frame = Fixture.emptyFrame
      return thrown { () throws(FrameError) in _ = try decoder.decode(parts, into: &frame) }?.reason
    }
    var simplon = try Fixture.parts("simplon-image-uint16-bslz4")
    simplon[1] = Array(
      #"{"htype":"dimage_d-1.0","shape":[8192,8192],"type":"uint32","encoding":"bs32-lz4<","size":9}"#.utf8)
    #expect(reason(simplon) == "compression")
    simplon[1] = Array(
      #"{"htype":"dimage_d-1.0","shape":[21,19,2],"type":"uint16","encoding":"lz4<","size":9}"#.utf8)
    #expect(reason(simplon) == "bad-field")
    simplon[1] = Array(
      #"{"htype":"dimage_d-1.0","shape":[99999,99999],"type":"uint32","encoding":"lz4<","size":9}"#.utf8)
    #expect(reason(simplon) == "oversized")
    simplon[1] = Array(
      #"{"htype":"dimage_d-1.0","shape":[21,19],"type":"uint16","encoding":"bs64-lz4<","size":9}"#.utf8)
    #expect(reason(simplon) == "encoding")
    // A map of 2^63 pairs, a string of 2^62 bytes, arrays in arrays.
    #expect(reason([[0xBB, 0x80, 0, 0, 0, 0, 0, 0, 0]]) == "truncated-cbor")
    #expect(reason([[0xA1, 0x7B, 0x40, 0, 0, 0, 0, 0, 0, 0]]) == "truncated-cbor")
    #expect(
      reason([[0xA1, 0x61, 0x61] + [UInt8](repeating: 0x81, count: 100_000)]) == "malformed-cbor")
    #expect(reason([[0xBF, 0x61, 0x61] + [UInt8](repeating: 0x9F, count: 100_000)]) == "malformed-cbor")
  }
}
