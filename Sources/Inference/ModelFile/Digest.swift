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
