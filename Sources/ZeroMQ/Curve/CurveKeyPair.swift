// SPDX-License-Identifier: GPL-3.0-or-later
import CZeroMQ
import Glibc

/// The secret half of a CURVE key pair, 32 bytes. It has no text: printed, reflected or dumped it tells nothing. Its memory
/// is wiped when it goes.
public final class CurveSecretKey: @unchecked Sendable, CustomStringConvertible, CustomReflectable {
  private let raw: UnsafeMutableRawBufferPointer

  /// From its Z85 text, 40 characters; nil where they are none.
  init?(z85 text: UnsafeRawBufferPointer) {
    raw = .allocate(byteCount: CurvePublicKey.byteCount, alignment: 8)
    raw.initializeMemory(as: UInt8.self, repeating: 0)
    guard Z85.decode(text, into: raw) else { return nil }
  }

  deinit {
    wipe(raw)
    raw.deallocate()
  }

  func withRaw<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try body(UnsafeRawBufferPointer(raw))
  }

  /// Lends the Z85 text for the time of the call, with a zero after it.
  func withText<Result>(_ body: (UnsafeMutableRawBufferPointer) throws -> Result) rethrows -> Result {
    let count = CurvePublicKey.textLength
    return try withUnsafeTemporaryAllocation(byteCount: count + 1, alignment: 1) { text in
      defer { wipe(text) }
      Z85.encode(UnsafeRawBufferPointer(raw), into: UnsafeMutableRawBufferPointer(rebasing: text[..<count]))
      text[count] = 0
      return try body(text)
    }
  }

  public var description: String { "a secret key" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// One identity: who has the secret half can prove to be the public one.
public struct CurveKeyPair: Sendable {
  public let publicKey: CurvePublicKey
  let secretKey: CurveSecretKey

  /// A new identity, from the system's random numbers.
  public static func generate() throws(ZeroMQError) -> CurveKeyPair {
    let count = CurvePublicKey.textLength + 1
    let pair = withUnsafeTemporaryAllocation(byteCount: 2 * count, alignment: 1) { texts -> CurveKeyPair? in
      defer { wipe(texts) }
      guard let base = texts.baseAddress?.assumingMemoryBound(to: CChar.self),
        zmq_curve_keypair(base, base + count) == 0
      else { return nil }
      let text = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(texts)[count..<2 * count - 1])
      return CurveSecretKey(z85: text).flatMap(CurveKeyPair.init)
    }
    guard let pair else { throw .last("make a key pair (libzmq without CURVE?)") }
    return pair
  }

  /// The public half follows from the secret one; nil where libzmq has no CURVE.
  init?(_ secretKey: CurveSecretKey) {
    let publicKey = secretKey.withText { secret -> CurvePublicKey? in
      withUnsafeTemporaryAllocation(byteCount: CurvePublicKey.textLength + 1, alignment: 1) { text in
        guard let to = text.baseAddress, let from = secret.baseAddress,
          zmq_curve_public(to.assumingMemoryBound(to: CChar.self), from.assumingMemoryBound(to: CChar.self)) == 0
        else { return nil }
        return CurvePublicKey(z85: UnsafeRawBufferPointer(rebasing: text[..<CurvePublicKey.textLength]))
      }
    }
    guard let publicKey else { return nil }
    self.publicKey = publicKey
    self.secretKey = secretKey
  }
}

/// Overwrites memory that held a secret; the compiler does not take it away.
func wipe(_ memory: UnsafeMutableRawBufferPointer) {
  if let base = memory.baseAddress { explicit_bzero(base, memory.count) }
}
