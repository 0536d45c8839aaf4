// SPDX-License-Identifier: GPL-3.0-or-later

/// The three-dimensional Sobol sequence, points in [0, 1)³ that fill the cube evenly however many are taken.
///
/// Gray-code construction of Antonov and Saleev with the direction numbers of Joe and Kuo (2008) for dimensions 1 to 3.
struct SobolSequence: Sequence, IteratorProtocol {
  private static let bits = 32
  private static let directions: [[UInt32]] = [
    (0..<bits).map { 1 << UInt32(bits - 1 - $0) },
    directionNumbers(degree: 1, coefficients: 0, initial: [1]),
    directionNumbers(degree: 2, coefficients: 1, initial: [1, 3]),
  ]

  private var index: UInt32 = 0
  private var state = SIMD3<UInt32>(0, 0, 0)

  /// Starts after the first `skipping` points.
  init(skipping: Int = 0) { for _ in 0..<skipping { _ = next() } }

  mutating func next() -> SIMD3<Double>? {
    let point = SIMD3<Double>(Double(state.x), Double(state.y), Double(state.z)) / 0x1p32
    let bit = (~index).trailingZeroBitCount
    for axis in 0..<3 { state[axis] ^= Self.directions[axis][bit] }
    index += 1
    return point
  }

  /// Recurrence of the primitive polynomial of the given degree (Bratley and Fox, ACM TOMS 14, 88 (1988)).
  private static func directionNumbers(degree: Int, coefficients: UInt32, initial: [UInt32]) -> [UInt32] {
    var v = initial.enumerated().map { $0.element << UInt32(bits - 1 - $0.offset) }
    for n in degree..<bits {
      var value = v[n - degree] ^ (v[n - degree] >> UInt32(degree))
      for j in 1..<Swift.max(degree, 1) where (coefficients >> UInt32(degree - 1 - j)) & 1 == 1 {
        value ^= v[n - j]
      }
      v.append(value)
    }
    return v
  }
}
