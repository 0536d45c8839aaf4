// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// What there is in a frame beside the one crystal.
public enum ScanRegion: Sendable, Hashable {
  /// Nothing: the crystal fills the frame.
  case crystal
  /// Right of this share of the width, vacuum.
  case vacuum(from: Double)
  /// Right of this share of the width, amorphous material with this contrast (standard deviation over mean).
  case amorphous(from: Double, contrast: Double)
  /// Right of this share of the width, a crystal turned by so many degrees.
  case grain(from: Double, turnDegrees: Double)
  /// This share of the B columns is missing.
  case vacancies(share: Double)
}

/// Smooth noise of mean 0 and standard deviation 1 with a correlation of `length`: random values on a square grid, cubic in
/// between. The same seed gives the same noise.
struct SmoothNoise {
  var seed: UInt64
  var length: Double

  func value(at p: Vector2) -> Double {
    let (x, y) = (p.x / length, p.y / length)
    let (x0, y0) = (x.rounded(.down), y.rounded(.down))
    let (wx, wy) = (Self.weights(x - x0), Self.weights(y - y0))
    var sum = 0.0
    for dy in 0..<4 {
      for dx in 0..<4 { sum += wy[dy] * wx[dx] * gridValue(Int(x0) + dx - 1, Int(y0) + dy - 1) }
    }
    return sum * Self.scale
  }

  /// Splines of random numbers vary less than these: along each axis their square is 151/315 in the mean.
  private static let scale = 315.0 / 151

  /// Uniform with variance 1.
  private func gridValue(_ x: Int, _ y: Int) -> Double {
    var z = seed &+ UInt64(bitPattern: Int64(x)) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30) ^ UInt64(bitPattern: Int64(y)) &* 0xD6E8_FEB8_6659_FD93) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return (Double((z ^ (z >> 31)) >> 11) * 0x1p-53 - 0.5) * Double(12).squareRoot()
  }

  /// Cubic B-spline.
  private static func weights(_ t: Double) -> SIMD4<Double> {
    let s = 1 - t
    return SIMD4(
      s * s * s / 6, (3 * t * t * t - 6 * t * t + 4) / 6, (3 * s * s * s - 6 * s * s + 4) / 6, t * t * t / 6)
  }
}
