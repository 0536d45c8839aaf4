// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// The circular limit on spatial frequencies that keeps products on the grid from wrapping around: two thirds of the
/// Nyquist frequency of the coarser sampling, with a narrow cosine taper below it.
public struct BandLimit: Sendable, Hashable {
  /// 1/Å: nothing passes above.
  public let cutoff: Double
  /// 1/Å: width of the taper below the cutoff.
  public let taper: Double

  public init(samplingA: SIMD2<Double>) {
    let coarser = max(samplingA.x, samplingA.y)
    cutoff = (2.0 / 3.0) / (2 * coarser)
    taper = 0.01 / coarser
  }

  /// The coarsest sampling, Å, that lets frequencies up to `k`, 1/Å, pass unweakened.
  static func samplingA(passing k: Double) -> Double { (1.0 / 3.0 - 0.01) / k }

  /// Factor 0…1 at squared frequency k² (1/Å²).
  public func factor(k2: Double) -> Double {
    let k = k2.squareRoot()
    if k > cutoff { return 0 }
    if k <= cutoff - taper { return 1 }
    return (1 + cos(Double.pi * (k - cutoff + taper) / taper)) / 2
  }
}
