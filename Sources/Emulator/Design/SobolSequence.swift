// SPDX-License-Identifier: GPL-3.0-or-later

/// The Sobol sequence in up to six dimensions, points in [0, 1)ⁿ that fill the cube evenly however many are taken.
///
/// Gray-code construction of Antonov and Saleev with the direction numbers of Joe and Kuo (SIAM J. Sci. Comput. 30, 2635
/// (2008), table new-joe-kuo-6).
struct SobolSequence: Sequence, IteratorProtocol {
  static let largestDimension = directions.count
  private static let bits = 32
  private static let directions: [[UInt32]] = [
    (0..<bits).map { 1 << UInt32(bits - 1 - $0) },
    directionNumbers(degree: 1, coefficients: 0, initial: [1]),
    directionNumbers(degree: 2, coefficients: 1, initial: [1, 3]),
    directionNumbers(degree: 3, coefficients: 1, initial: [1, 3, 1]),
    directionNumbers(degree: 3, coefficients: 2, initial: [1, 1, 1]),
    directionNumbers(degree: 4, coefficients: 1, initial: [1, 1, 3, 3]),
  ]

  private var index: UInt32 = 0
  private var state: [UInt32]

  /// Starts after the first `skipping` points.
  init(dimension: Int, skipping: Int = 0) {
    precondition((1...Self.largestDimension).contains(dimension), "no direction numbers for so many dimensions")
    state = Array(repeating: 0, count: dimension)
    for _ in 0..<skipping { _ = next() }
  }

  mutating func next() -> [Double]? {
    let point = state.map { Double($0) / 0x1p32 }
    let bit = (~index).trailingZeroBitCount
    for axis in state.indices { state[axis] ^= Self.directions[axis][bit] }
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
