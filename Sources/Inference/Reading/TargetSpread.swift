// SPDX-License-Identifier: GPL-3.0-or-later

/// How far q and the two parts of the headless split spread over the samples that a network was trained on: variances about
/// zero, degrees².
///
/// A network trained by likelihood answers with the posterior of one image: it leans towards the middle of its training by as
/// much as the image leaves open. Who combines images has to count that lean once, not once per image; this is what it
/// leans on.
public struct TargetSpread: Sendable, Equatable {
  public var q: Double
  public var c: Double
  public var s: Double

  public init(q: Double, c: Double, s: Double) { (self.q, self.c, self.s) = (q, c, s) }
}

extension TrainedRange {
  /// Of α, β, γ uniform in a cube: an angle and every direction have the variance T²/3, so that E ρ² is twice that. The shares of c and
  /// s in it are those of the cube, by numerical integration: p = (α + β)/√2 has a triangular distribution and reaches further than r.
  /// A uniform factor has the mean square 1/3.
  var targetSpread: TargetSpread {
    let variance = tiltDegrees * tiltDegrees / 3 * (1 - shrunkShare * 2 / 3)
    return TargetSpread(q: variance, c: 0.823 * variance, s: 1.177 * variance)
  }
}
