// SPDX-License-Identifier: GPL-3.0-or-later
import Multislice

/// An image spectrum as a vector of real numbers, as simulations are stored; its Euclidean length is the image's root mean
/// square.
///
/// Only the half plane h > 0 or (h = 0, k ≥ 0) is held; the other half follows from C(−h, −k) = C(h, k)*. The order is
/// (h, k) with h outermost, for each the real part, then, except for (0, 0), the imaginary part.
struct SpectrumLayout: Sendable, Hashable {
  let maximum: SIMD2<Int>

  /// Length of the vector: (2 max.x + 1) · (2 max.y + 1).
  var count: Int { (2 * maximum.x + 1) * (2 * maximum.y + 1) }

  /// The harmonics in order; every one but the first takes two numbers.
  var harmonics: [SIMD2<Int>] {
    (0...maximum.x).flatMap { h in ((h == 0 ? 0 : -maximum.y)...maximum.y).map { SIMD2(h, $0) } }
  }

  /// Both halves carry the power: each held coefficient but the constant one counts twice.
  static let weight = Double(2).squareRoot()

  func vector(_ spectrum: ImageSpectrum) -> [Float] {
    var vector: [Float] = []
    vector.reserveCapacity(count)
    for (n, harmonic) in harmonics.enumerated() {
      let c = spectrum[harmonic.x, harmonic.y]
      if n == 0 {
        vector.append(Float(c.x))
      } else {
        vector.append(Float(c.x * Self.weight))
        vector.append(Float(c.y * Self.weight))
      }
    }
    return vector
  }

  /// The inverse of `vector`.
  func spectrum(_ vector: ArraySlice<Float>) -> ImageSpectrum {
    var spectrum = ImageSpectrum(maximum: maximum)
    let v = vector.startIndex
    for (n, harmonic) in harmonics.enumerated() {
      let (h, k) = (harmonic.x, harmonic.y)
      if n == 0 {
        spectrum[0, 0] = SIMD2(Double(vector[v]), 0)
      } else {
        let c = SIMD2(Double(vector[v + 2 * n - 1]), Double(vector[v + 2 * n])) / Self.weight
        spectrum[h, k] = c
        spectrum[-h, -k] = SIMD2(c.x, -c.y)
      }
    }
    return spectrum
  }
}
