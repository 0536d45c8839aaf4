// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif

/// Linear warm-up, then half a cosine down to `finalFraction` of the peak.
public struct Schedule: Sendable, Equatable {
  public var peak: Double
  public var warmUpSteps: Int
  public var totalSteps: Int
  public var finalFraction: Double

  public init(peak: Double, warmUpSteps: Int, totalSteps: Int, finalFraction: Double) {
    self.peak = peak
    self.warmUpSteps = warmUpSteps
    self.totalSteps = totalSteps
    self.finalFraction = finalFraction
  }

  /// Learning rate of step `step`, from 1.
  public func rate(_ step: Int) -> Double {
    if step <= warmUpSteps { return peak * Double(step) / Double(warmUpSteps) }
    let rest = max(1, totalSteps - warmUpSteps)
    let t = min(1, Double(step - warmUpSteps) / Double(rest))
    return peak * (finalFraction + (1 - finalFraction) * 0.5 * (1 + cos(Double.pi * t)))
  }
}
