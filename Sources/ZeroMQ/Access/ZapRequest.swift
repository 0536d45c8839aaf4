// SPDX-License-Identifier: GPL-3.0-or-later

/// What libzmq asks about a connection whose CURVE handshake went well (ZeroMQ RFC 27, version 1.0).
struct ZapRequest {
  var id: [UInt8]
  var domain: String
  var address: String
  /// Nil for a mechanism other than CURVE.
  var key: CurvePublicKey?

  /// Nil for what is no request of this version. In order: version, id, domain, address, identity, mechanism, credentials.
  init?(_ parts: UnsafeBufferPointer<UnsafeRawBufferPointer>) {
    guard parts.count >= 6, parts[0].elementsEqual("1.0".utf8), parts[1].count <= 255, parts[2].count <= 255,
      parts[3].count <= 255
    else { return nil }
    id = Array(parts[1])
    domain = String(decoding: parts[2], as: UTF8.self)
    address = String(decoding: parts[3], as: UTF8.self)
    let isCurve = parts[5].elementsEqual("CURVE".utf8) && parts.count == 7
    key = isCurve ? CurvePublicKey(parts[6]) : nil
  }

  /// The answer, in order: version, id, status, its text, user, metadata.
  func answer(admitted key: CurvePublicKey?) -> [[UInt8]] {
    let (status, text) = key == nil ? ("400", "not on the list") : ("200", "OK")
    return [Array("1.0".utf8), id, Array(status.utf8), Array(text.utf8), Array((key?.description ?? "").utf8), []]
  }
}
