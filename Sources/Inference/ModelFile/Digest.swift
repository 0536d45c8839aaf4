// SPDX-License-Identifier: GPL-3.0-or-later
import CSodium

/// SHA-256 in lower-case hexadecimal.
func sha256Hex(_ bytes: UnsafeRawBufferPointer) -> String {
  let digits = Array("0123456789abcdef".utf8)
  let count = Int(crypto_hash_sha256_bytes())
  let digest = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
    crypto_hash_sha256(
      buffer.baseAddress!, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
    initialized = count
  }
  return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

/// SHA-256 of bytes that come piece by piece.
public struct SHA256Digest: Sendable {
  private var state = crypto_hash_sha256_state()

  public init() { crypto_hash_sha256_init(&state) }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    crypto_hash_sha256_update(&state, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
  }

  /// Of everything so far, in lower-case hexadecimal.
  public func hexadecimal() -> String {
    var state = state
    var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_bytes()))
    crypto_hash_sha256_final(&state, &digest)
    return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
