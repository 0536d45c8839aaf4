// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Glibc

/// Means and standard deviations of p and |r| over what a reading leaves open: c and s independent and normal.
///
/// |p| and |r| bend where c and s are uncertain by as much as ρ: at (c, s) = (0, 0) ± 4° both are about 3° in the mean and not 0.
/// The mean over the normal distribution is the estimate whose squares of error are least; where the deviations are small against ρ it is
/// what c and s say themselves. Four nodes of Gauss and Hermite for each: none stands on the kink at ρ = 0, so that they are better
/// than five. Within 7 % of a deviation of the integral.
public struct SplitExpectation: Sendable, Equatable {
  public var p: Double
  /// Signed as s: the sign of p · r.
  public var r: Double
  public var pSigma: Double
  public var rSigma: Double

  /// In standard deviations; the weights sum to 1 (Abramowitz and Stegun, table 25.10, scaled).
  private static let nodes: InlineArray<4, (place: Double, weight: Double)> = [
    (-2.3344142183389773, 0.045875854768068491), (-0.74196378430272586, 0.45412414523193151),
    (0.74196378430272586, 0.45412414523193151), (2.3344142183389773, 0.045875854768068491),
  ]

  public init(_ split: HeadlessSplit, cSigma: Double, sSigma: Double) {
    guard split.rho.isFinite else {
      (p, r, pSigma, rSigma) = (.nan, .nan, .nan, .nan)
      return
    }
    var (p, r, pSquare, rSquare) = (0.0, 0.0, 0.0, 0.0)
    for i in 0..<Self.nodes.count {
      let c = split.c + Self.nodes[i].place * cSigma
      for j in 0..<Self.nodes.count {
        let weight = Self.nodes[i].weight * Self.nodes[j].weight
        let s = split.s + Self.nodes[j].place * sSigma
        let (nodeP, nodeR) = HeadlessSplit(c: c, s: s).pr
        p += weight * nodeP
        r += weight * abs(nodeR)
        pSquare += weight * nodeP * nodeP
        rSquare += weight * nodeR * nodeR
      }
    }
    (self.p, self.r) = (p, split.s < 0 ? -r : r)
    (pSigma, rSigma) = (max(0, pSquare - p * p).squareRoot(), max(0, rSquare - r * r).squareRoot())
  }
}
