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
  public func widened(
    _ reading: TiltReading, frames: Double, unexplained: SIMD3<Double> = .zero, sigmaScale: SigmaScale
  ) -> TiltReading {
    let frames = max(1, frames)
    func widened(_ sigma: Double, _ lasting: Double, _ share: Double) -> Double {
      let single = frames * sigma * sigma
      return (sigma * sigma + (1 - 1 / frames) * min(lasting * lasting + share * single, single)).squareRoot()
    }
    return TiltReading(
      q: reading.q, split: reading.split, qSigma: widened(reading.qSigma, q, unexplained.x),
      cSigma: widened(reading.cSigma, c, unexplained.y), sSigma: widened(reading.sSigma, s, unexplained.z),
      sigmaScale: sigmaScale)
  }
}
