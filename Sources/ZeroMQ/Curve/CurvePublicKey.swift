// SPDX-License-Identifier: GPL-3.0-or-later

/// Who somebody is: the public half of a CURVE key pair, 32 bytes. No secret.
public struct CurvePublicKey: Sendable, Hashable, CustomStringConvertible {
  static let byteCount = 32
  static let textLength = 40

  let bytes: SIMD32<UInt8>

  /// Nil unless there are 32 bytes.
  public init?(_ raw: UnsafeRawBufferPointer) {
    guard raw.count == Self.byteCount else { return nil }
    var bytes = SIMD32<UInt8>()
    for i in 0..<Self.byteCount { bytes[i] = raw[i] }
    self.bytes = bytes
  }

  /// From the 40 characters of its Z85 text; nil where they are none.
  public init?(z85 text: UnsafeRawBufferPointer) {
    guard text.count == Self.textLength else { return nil }
    let key = withUnsafeTemporaryAllocation(byteCount: Self.byteCount, alignment: 4) { raw -> CurvePublicKey? in
      Z85.decode(text, into: raw) ? CurvePublicKey(UnsafeRawBufferPointer(raw)) : nil
    }
    guard let key else { return nil }
    self = key
  }

  public init?(z85 text: String) {
    guard let key = Array(text.utf8).withUnsafeBytes({ CurvePublicKey(z85: $0) }) else { return nil }
    self = key
  }

  /// Z85, 40 characters.
  public var description: String {
    let text = withRaw { raw in
      [UInt8](unsafeUninitializedCapacity: Self.textLength) { text, count in
        Z85.encode(raw, into: UnsafeMutableRawBufferPointer(text))
        count = Self.textLength
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  func withRaw<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withUnsafeBytes(of: bytes, body)
  }
}
