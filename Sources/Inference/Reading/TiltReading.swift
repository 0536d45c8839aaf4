// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Glibc

/// What the six outputs of the network say about one octahedron column, in degrees.
///
/// Standard deviations go on linearly; the errors of q, c and s count as independent. With c = ρ cos 2t, s = ρ sin 2t and
/// the errors along (dρ) and across (d⊥) the direction of (c, s), p = ρ cos t and r = ρ sin t change by
/// cos t dρ − ½ sin t d⊥ and sin t dρ + ½ cos t d⊥. No term grows without bound as ρ goes to 0.
public struct TiltReading: Sendable, Equatable {
  public var q: Double
  public let split: HeadlessSplit
  public let qSigma: Double
  public let cSigma: Double
  public let sSigma: Double
  /// The best estimates of p and r, which follow from the others.
  public let angles: SplitExpectation

  /// Natural logarithms of standard deviations, in units of `degreesPerUnit`, are held within this: below it a network is
  /// surer than any image allows, above it the number no longer matters.
  public static let logSigmaRange = -7.0...2.0
  /// ρ below this many standard deviations is not detected.
  public static let detectionSigmas = 2.0

  /// `outputs` are the `NetworkArchitecture.outputCount` numbers of one cell, `sigmaScale` the model's factors.
  public init(outputs: UnsafeBufferPointer<Float>, degreesPerUnit: Double, sigmaScale: SigmaScale) {
    precondition(outputs.count == NetworkArchitecture.outputCount && sigmaScale.curves.count == 5)
    func sigma(_ k: Int) -> Double {
      let range = Self.logSigmaRange
      let stated = exp(min(max(Double(outputs[3 + k]), range.lowerBound), range.upperBound)) * degreesPerUnit
      return sigmaScale.scaled(stated, k)
    }
    q = Double(outputs[0]) * degreesPerUnit
    split = HeadlessSplit(c: Double(outputs[1]) * degreesPerUnit, s: Double(outputs[2]) * degreesPerUnit)
    (qSigma, cSigma, sSigma) = (sigma(0), sigma(1), sigma(2))
    angles = SplitExpectation(split, cSigma: cSigma, sSigma: sSigma).scaled(sigmaScale)
  }

  /// From values and standard deviations in degrees; of `sigmaScale` only the factors on those of p and r, which follow, are applied.
  public init(
    q: Double, split: HeadlessSplit, qSigma: Double, cSigma: Double, sSigma: Double, sigmaScale: SigmaScale = .one
  ) {
    (self.q, self.split) = (q, split)
    (self.qSigma, self.cSigma, self.sSigma) = (qSigma, cSigma, sSigma)
    angles = SplitExpectation(split, cSigma: cSigma, sSigma: sSigma).scaled(sigmaScale)
  }

  /// Of a patch without contrast: every number is NaN.
  public static let none = TiltReading(
    q: .nan, split: HeadlessSplit(c: .nan, s: .nan), qSigma: .nan, cSigma: .nan, sSigma: .nan)

  /// Unit vector along (c, s); along c where there is no direction.
  private var direction: (c: Double, s: Double) {
    let rho = split.rho
    return rho > 0 ? (split.c / rho, split.s / rho) : (1, 0)
  }

  public var rhoSigma: Double {
    let (c, s) = direction
    return (c * c * cSigma * cSigma + s * s * sSigma * sSigma).squareRoot()
  }

  /// ρ that this cell could still tell from none, degrees.
  public var detectionLimit: Double { Self.detectionSigmas * rhoSigma }

  /// Standard deviations of `split.pr` to first order: enough where they are small against ρ.
  public var prSigma: (p: Double, r: Double) {
    let (c, s) = direction
    let (cosT, sinT) = (max(0, (1 + c) / 2).squareRoot(), (s < 0 ? -1.0 : 1) * max(0, (1 - c) / 2).squareRoot())
    // Columns of the Jacobian: dρ = c dc + s ds, d⊥ = −s dc + c ds.
    let p = (byC: cosT * c + sinT * s / 2, byS: cosT * s - sinT * c / 2)
    let r = (byC: sinT * c - cosT * s / 2, byS: sinT * s + cosT * c / 2)
    func spread(_ by: (byC: Double, byS: Double)) -> Double {
      (by.byC * by.byC * cSigma * cSigma + by.byS * by.byS * sSigma * sSigma).squareRoot()
    }
    return (spread(p), spread(r))
  }

  /// Fills the angles of a row. Below the detection limit ρ is the limit, and α, β, γ and their deviations are NaN. The limit
  /// is the larger of the reading's own and of `leastRhoDegrees`, what an image can show at all (`DetectionTable`).
  public func write(to row: inout CellRow, leastRhoDegrees: Double = 0) {
    row.q = Float(q)
    row.qSigma = Float(qSigma)
    row.rhoSigma = Float(rhoSigma)
    let limit = max(detectionLimit, leastRhoDegrees)
    guard split.rho >= limit else {
      row.flags.insert(.belowDetectionLimit)
      row.rho = Float(limit)
      return
    }
    row.rho = Float(split.rho)
    let angles = angles
    let tilt = TiltAngles(p: angles.p, q: q, r: angles.r)
    (row.alpha, row.beta, row.gamma) = (Float(tilt.alpha), Float(tilt.beta), Float(tilt.gamma))
    // α = (p + q)/√2 and β = (p − q)/√2.
    let alphaSigma = ((angles.pSigma * angles.pSigma + qSigma * qSigma) / 2).squareRoot()
    (row.alphaSigma, row.betaSigma, row.gammaSigma) = (Float(alphaSigma), Float(alphaSigma), Float(angles.rSigma))
  }
}

extension SplitExpectation {
  /// With a model's factors on the deviations of p and r.
  fileprivate func scaled(_ scale: SigmaScale) -> SplitExpectation {
    var scaled = self
    scaled.pSigma = scale.scaled(pSigma, 3)
    scaled.rSigma = scale.scaled(rSigma, 4)
    return scaled
  }
}
