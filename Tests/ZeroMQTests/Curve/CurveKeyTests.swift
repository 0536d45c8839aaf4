// SPDX-License-Identifier: GPL-3.0-or-later
import CZeroMQ
import Foundation
import Testing

@testable import ZeroMQ

@Suite("CURVE keys") struct CurveKeyTests {
  @Test("our Z85 is libzmq's, there and back") func z85() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
      var theirs = [CChar](repeating: 0, count: 41)
      zmq_z85_encode(&theirs, bytes, 32)
      let text = String(decoding: theirs.prefix(40).map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let key = bytes.withUnsafeBytes { CurvePublicKey($0) }
      #expect(key?.description == text)
      #expect(CurvePublicKey(z85: text) == key)
    }
  }

  @Test(
    "texts that are no key",
    arguments: [
      "", "short", String(repeating: "0", count: 39), String(repeating: "0", count: 41),
      String(repeating: "0", count: 39) + "~", String(repeating: "0", count: 39) + "\"",
      // 85^5 - 1 is more than four bytes hold.
      String(repeating: "0", count: 35) + "#####",
    ]) func noKeys(text: String)
  {
    #expect(CurvePublicKey(z85: text) == nil)
  }

  @Test("pairs differ, and the public half is what libzmq derives") func pairs() throws {
    let (a, b) = (try CurveKeyPair.generate(), try CurveKeyPair.generate())
    #expect(a.publicKey != b.publicKey)
    #expect(CurveKeyPair(a.secretKey)?.publicKey == a.publicKey)
  }

  @Test("a secret key shows itself nowhere") func silence() throws {
    let pair = try CurveKeyPair.generate()
    let secret = pair.secretKey.withText { String(decoding: $0.dropLast(), as: UTF8.self) }
    #expect(secret.utf8.count == 40)
    var dumped = ""
    dump(pair, to: &dumped)
    let raw = pair.secretKey.withRaw { Array($0) }
    for text in [
      "\(pair)", String(reflecting: pair), "\(pair.secretKey)", "\(LinkSecurity.client(pair, server: pair.publicKey))",
      dumped,
    ] {
      #expect(!text.contains(secret) && !text.contains("\(raw)"))
    }
  }
}
