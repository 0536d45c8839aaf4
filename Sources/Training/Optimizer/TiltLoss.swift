// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
  import Glibc
#endif

/// Gaussian negative log-likelihood of (q, c, s) with a standard deviation that the network states for each.
///
/// With e = prediction − target and l = ln σ, the loss of a target is ½ e²/σ² + l, and its gradient is weighted by σ^2b, σ
/// held fixed (the β-NLL of Seitzer et al., 2022): b = 1 is plain squared error for the prediction while σ learns beside
/// it, b = 0 is the plain likelihood. Training begins at 1 and goes to `finalWeighting`, because the plain likelihood is
/// unstable while the predictions are poor. Beyond the limits of l a parabola leads back.
public struct TiltLoss: Sendable, Equatable {
  public static let targetCount = 3
  /// σ of 0.3 % of a unit (0.03° at 10° a unit) to 2.7 units.
  static let logSigmaRange: ClosedRange<Float> = -5.8...1

  public var finalWeighting: Double

  public init(finalWeighting: Double) { self.finalWeighting = finalWeighting }

  /// b after the given fraction of the warm-up; it falls linearly over a second warm-up's length.
  public func weighting(_ warmUpFraction: Double) -> Double {
    finalWeighting + (1 - finalWeighting) * min(max(2 - warmUpFraction, 0), 1)
  }

  /// Mean loss of `samples` rows of [q, c, s, ln σq, ln σc, ln σs] against rows of three targets, all in units. Writes the
  /// gradient of the sum divided by `batch` (all samples of the step, over all shards).
  public static func evaluate(
    outputs: UnsafePointer<Float>, targets: UnsafePointer<Float>, samples: Int, batch: Int, weighting: Double,
    gradient: UnsafeMutablePointer<Float>
  ) -> Double {
    var total = 0.0
    let scale = 1 / Float(batch)
    for n in 0..<samples {
      for k in 0..<targetCount {
        let index = n * 2 * targetCount + k
        let raw = outputs[index + targetCount]
        let l = min(max(raw, logSigmaRange.lowerBound), logSigmaRange.upperBound)
        let inverse = expf(-2 * l)
        let e = outputs[index] - targets[n * targetCount + k]
        let beyond = raw - l
        total += Double(0.5 * e * e * inverse + l + 0.5 * beyond * beyond)
        let weight = scale * expf(2 * Float(weighting) * l)
        gradient[index] = weight * e * inverse
        gradient[index + targetCount] = beyond == 0 ? weight * (1 - e * e * inverse) : scale * beyond
      }
    }
    return total / Double(samples)
  }
}
