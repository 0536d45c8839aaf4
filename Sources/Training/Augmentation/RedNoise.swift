// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif

/// Normal numbers of variance one whose correlation falls exponentially with distance (an autoregressive process of first order).
struct RedNoise {
  /// From one number to the next.
  private let memory: Double
  private let renewal: Double
  private var last: Double?

  /// `correlation`: the distance, in numbers, at which it has fallen to 1/e; 0 for white noise.
  init(correlation: Double) {
    memory = correlation > 0 ? exp(-1 / correlation) : 0
    renewal = (1 - memory * memory).squareRoot()
  }

  /// The next number, from a standard normal one of its own.
  mutating func next(_ normal: Double) -> Double {
    let value = last.map { memory * $0 + renewal * normal } ?? normal
    last = value
    return value
  }

  /// Makes of `width` × `height` independent standard normal numbers a field of variance one, correlated along x and y.
  static func correlate(
    _ field: UnsafeMutablePointer<Float>, width: Int, height: Int, along x: RedNoise, across y: RedNoise
  ) {
    let (memoryX, renewalX) = (Float(x.memory), Float(x.renewal))
    let (memoryY, renewalY) = (Float(y.memory), Float(y.renewal))
    for row in 0..<height {
      let line = field + row * width
      for column in 1..<width { line[column] = memoryX * line[column - 1] + renewalX * line[column] }
    }
    for row in 1..<height {
      let (above, line) = (field + (row - 1) * width, field + row * width)
      for column in 0..<width { line[column] = memoryY * above[column] + renewalY * line[column] }
    }
  }
}
