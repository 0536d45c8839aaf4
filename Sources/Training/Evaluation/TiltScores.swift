// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference

/// Errors of predicted tilts over a set of samples, degrees, per B column and modulo (−β, −α, −γ).
public struct TiltScores: Sendable, Equatable, Codable {
  /// Samples.
  public var count = 0
  /// Root mean square errors of q, |p| and |r|.
  public var q = 0.0
  public var p = 0.0
  public var r = 0.0
  /// Root mean square errors of the angles, against the nearer of the two tilts that fit equally.
  public var alpha = 0.0
  public var beta = 0.0
  public var gamma = 0.0
  /// Share of samples with |p|, |r| > 2° whose sign of p·r is right; nil without such samples.
  public var signAccuracy: Double?
  /// Root mean square errors of the signed angles, as the paper counts them: no image can tell (p, r) from (−p, −r), so a
  /// statement with p ≥ 0 is wrong by 2p every other time.
  public var signedAlpha = 0.0
  public var signedBeta = 0.0
  public var signedGamma = 0.0
  /// Share of samples whose error of q, c, s, p, r is within the stated standard deviation; 0.683 is right for Gaussian
  /// errors.
  public var coverageQ = 0.0
  public var coverageC = 0.0
  public var coverageS = 0.0
  public var coverageP = 0.0
  public var coverageR = 0.0

  /// |p| and |r| above which the sign of their product counts, degrees.
  public static let signThreshold = 2.0

  /// Of a predictor that states an angle each and no deviations; the signed errors are those of its own signs.
  public init(stated samples: some Sequence<(stated: TiltAngles, truth: TiltAngles)>) {
    let readings = samples.map { sample in
      let reading = TiltReading(
        q: sample.stated.q, split: HeadlessSplit(sample.stated), qSigma: 0, cSigma: 0, sSigma: 0)
      return (reading: reading, truth: sample.truth)
    }
    self.init(readings)
    var squares = SIMD3<Double>.zero
    for (stated, truth) in samples {
      let error = SIMD3(stated.alpha - truth.alpha, stated.beta - truth.beta, stated.gamma - truth.gamma)
      squares += error * error
    }
    guard count > 0 else { return }
    let rms = (squares / Double(count)).squareRoot()
    (signedAlpha, signedBeta, signedGamma) = (rms.x, rms.y, rms.z)
  }

  public init(_ samples: some Sequence<(reading: TiltReading, truth: TiltAngles)>) {
    var sum = [Double](repeating: 0, count: 9)
    var covered = [Int](repeating: 0, count: 5)
    var (right, judged) = (0, 0)
    for (reading, truth) in samples {
      let angles = reading.angles
      let (p, r) = (angles.p, angles.r)
      let stated = TiltAngles(p: p, q: reading.q, r: r)
      let other = TiltAngles(p: -truth.p, q: truth.q, r: -truth.r)
      func distance(_ t: TiltAngles) -> Double {
        let d = (stated.alpha - t.alpha, stated.beta - t.beta, stated.gamma - t.gamma)
        return d.0 * d.0 + d.1 * d.1 + d.2 * d.2
      }
      let near = distance(other) < distance(truth) ? other : truth
      let split = HeadlessSplit(truth)
      let errors = [
        reading.q - truth.q, p - abs(truth.p), abs(r) - abs(truth.r), stated.alpha - near.alpha,
        stated.beta - near.beta, stated.gamma - near.gamma, stated.alpha - truth.alpha, stated.beta - truth.beta,
        stated.gamma - truth.gamma,
      ]
      for (k, error) in errors.enumerated() { sum[k] += error * error }
      let bounds = [
        (errors[0], reading.qSigma), (reading.split.c - split.c, reading.cSigma),
        (reading.split.s - split.s, reading.sSigma), (errors[1], angles.pSigma), (errors[2], angles.rSigma),
      ]
      for (k, (error, sigma)) in bounds.enumerated() where abs(error) <= sigma { covered[k] += 1 }
      if abs(truth.p) > Self.signThreshold, abs(truth.r) > Self.signThreshold {
        judged += 1
        right += (p * r > 0) == (truth.p * truth.r > 0) ? 1 : 0
      }
      count += 1
    }
    guard count > 0 else { return }
    let rms = sum.map { ($0 / Double(count)).squareRoot() }
    (q, p, r) = (rms[0], rms[1], rms[2])
    (alpha, beta, gamma) = (rms[3], rms[4], rms[5])
    (signedAlpha, signedBeta, signedGamma) = (rms[6], rms[7], rms[8])
    signAccuracy = judged > 0 ? Double(right) / Double(judged) : nil
    let share = covered.map { Double($0) / Double(count) }
    (coverageQ, coverageC, coverageS, coverageP, coverageR) = (share[0], share[1], share[2], share[3], share[4])
  }
}
