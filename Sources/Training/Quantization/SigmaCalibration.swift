// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference

/// Factors on the stated standard deviations of q, c and s, and on what then follows for p and r, that make 68.3 % of the errors
/// fall within one of them, whatever deviation is stated.
public enum SigmaCalibration {
  static let oneSigmaShare = 0.6827
  /// Samples are parted by the deviation stated; a part of fewer would tell its own share of errors to 3 % only.
  static let leastSamplesAPart = 256
  static let mostParts = 8

  /// From raw outputs, six a sample.
  public static func scale(outputs: [Float], truths: [SampleTruth], degreesPerUnit: Double) -> SigmaScale {
    func curves(
      _ scale: SigmaScale, _ errors: (TiltReading, SampleTruth) -> [(stated: Double, error: Double)]
    ) -> [[SigmaScale.Point]] {
      let readings = outputs.readings(degreesPerUnit: degreesPerUnit, sigmaScale: scale)
      let all = zip(readings, truths).map(errors)
      return (all.first?.indices ?? 0..<0).map { k in curve(all.map { $0[k] }) }
    }
    let stated = SigmaScale(
      curves: curves(.one) { reading, truth in
        let t = truth.targets
        return [
          (reading.qSigma, abs(reading.q - t.q)), (reading.cSigma, abs(reading.split.c - t.c)),
          (reading.sSigma, abs(reading.split.s - t.s)),
        ]
      })
    let angles = curves(stated) { reading, truth in
      [
        (reading.angles.pSigma, abs(reading.angles.p - abs(truth.tilt.p))),
        (reading.angles.rSigma, abs(abs(reading.angles.r) - abs(truth.tilt.r))),
      ]
    }
    return SigmaScale(curves: stated.curves.prefix(3) + angles)
  }

  /// To four decimals, so that the file does not hang on the last bit of a processor.
  private static func rounded(_ value: Double) -> Double { (1e4 * value).rounded() / 1e4 }

  /// One point a part, at the middle deviation of those in it.
  private static func curve(_ errors: [(stated: Double, error: Double)]) -> [SigmaScale.Point] {
    let sorted = errors.filter { $0.stated.isFinite && $0.error.isFinite }.sorted { $0.stated < $1.stated }
    let parts = min(max(sorted.count / leastSamplesAPart, 1), mostParts)
    var points: [SigmaScale.Point] = []
    for part in 0..<parts {
      let inside = sorted[part * sorted.count / parts..<(part + 1) * sorted.count / parts]
      guard !inside.isEmpty else { continue }
      let ratios = inside.map { $0.error / $0.stated }.sorted()
      let factor = rounded(ratios[min(ratios.count - 1, Int(oneSigmaShare * Double(ratios.count)))])
      let stated = rounded(inside[inside.startIndex + inside.count / 2].stated)
      guard factor.isFinite, factor > 0, stated > points.last?.stated ?? 0 else { continue }
      points.append(SigmaScale.Point(stated: stated, factor: factor))
    }
    return points.isEmpty ? [SigmaScale.Point(stated: 1, factor: 1)] : points
  }
}
