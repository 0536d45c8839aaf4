// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

extension TiltReading {
  /// What the reading comes to when the image's own deviations of q, c and s are larger by these factors (1 or more).
  ///
  /// It is a posterior under `spread`, the training's: the image's information 1/σ² − 1/V is divided by the factor squared and the spread put back, so that
  /// no deviation exceeds it and values lean towards the middle as those of a noisier image do. Without a spread deviations are multiplied.
  public func widened(by factors: SIMD3<Double>, spread: TargetSpread?, sigmaScale: SigmaScale) -> TiltReading {
    guard factors != SIMD3(repeating: 1) else { return self }
    func lane(_ value: Double, _ sigma: Double, _ factor: Double, _ spread: Double?) -> (value: Double, sigma: Double) {
      let prior = spread.map { 1 / $0 } ?? 0
      let information = 1 / (sigma * sigma) - prior
      // An answer as wide as the training is the training's, not the image's.
      guard factor != 1, information > 0 else { return (value, sigma) }
      let total = information / (factor * factor) + prior
      return (value / (sigma * sigma * factor * factor) / total, 1 / total.squareRoot())
    }
    let q = lane(q, qSigma, factors.x, spread?.q)
    let c = lane(split.c, cSigma, factors.y, spread?.c)
    let s = lane(split.s, sSigma, factors.z, spread?.s)
    return TiltReading(
      q: q.value, split: HeadlessSplit(c: c.value, s: s.value), qSigma: q.sigma, cSigma: c.sigma, sSigma: s.sigma,
      sigmaScale: sigmaScale)
  }
}
