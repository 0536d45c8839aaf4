// SPDX-License-Identifier: GPL-3.0-or-later
import FoundationEssentials
import GlazerCore

/// The part of a network's errors that more electrons do not take away: rms errors of q, c and s, degrees, on images of the
/// largest dose of its training. Frames of one specimen share it, so that it does not average out over them.
public struct LastingErrors: Sendable, Hashable, Codable {
  public var q: Double
  public var c: Double
  public var s: Double

  public init(q: Double, c: Double, s: Double) { (self.q, self.c, self.s) = (q, c, s) }

  /// Key in a model's metadata.
  public static let metadataKey = "lasting_error_deg"

  /// nil when the metadata holds none that can be read, or no three finite numbers from 0 on.
  init?(_ metadata: [String: String]) {
    guard let text = metadata[Self.metadataKey],
      let value = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)),
      [value.q, value.c, value.s].allSatisfy({ $0.isFinite && $0 >= 0 })
    else { return nil }
    self = value
  }

  /// The value of that key.
  public var json: String { String(decoding: canonicalJSON(self), as: UTF8.self) }

  /// What a reading of `frames` frames together is off by, whose deviation has fallen with all of a single frame's error:
  /// v/n + e² (1 − 1/n), where e² is the lasting part of a single frame's variance v. It is that of all images in the mean; of those
  /// whose v is smaller no more than v lasts, so that frames together are never less
  /// sure than they are in the mean.
  ///
  /// `unexplained`: the share of v, of q, c and s, that frames showed and the model did not state. What makes it (a film, a tilt that changes) may
  /// be the specimen's and the same in every frame: it lasts, too.
  ///
  /// `reading` is what the images say by themselves; the `spread` of the training, where there is one, is put to the result, once.
  public func widened(
    _ reading: TiltReading, frames: Double, unexplained: SIMD3<Double> = .zero, spread: TargetSpread? = nil,
    sigmaScale: SigmaScale
  ) -> TiltReading {
    let frames = max(1, frames)
    func lane(
      _ value: Double, _ sigma: Double, _ lasting: Double, _ share: Double, _ spread: Double?
    ) -> (value: Double, sigma: Double) {
      // Nothing is known but the training.
      guard sigma.isFinite else { return spread.map { (0, $0.squareRoot()) } ?? (value, sigma) }
      let single = frames * sigma * sigma
      let variance = sigma * sigma + (1 - 1 / frames) * min(lasting * lasting + share * single, single)
      guard let spread else { return (value, variance.squareRoot()) }
      let together = 1 / (1 / variance + 1 / spread)
      return (value * together / variance, together.squareRoot())
    }
    let q = lane(reading.q, reading.qSigma, q, unexplained.x, spread?.q)
    let c = lane(reading.split.c, reading.cSigma, c, unexplained.y, spread?.c)
    let s = lane(reading.split.s, reading.sSigma, s, unexplained.z, spread?.s)
    return TiltReading(
      q: q.value, split: HeadlessSplit(c: c.value, s: s.value), qSigma: q.sigma, cSigma: c.sigma, sSigma: s.sigma,
      sigmaScale: sigmaScale)
  }
}
