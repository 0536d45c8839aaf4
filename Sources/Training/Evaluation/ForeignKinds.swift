// SPDX-License-Identifier: GPL-3.0-or-later
import Inference

/// How well `score` tells images of another kind from those of the training's.
enum ForeignKinds {
  /// `score` of every sample, as the engine gives it.
  static func scores(_ set: SampleSet, model: TiltModel) -> [Float] {
    var features = [Float](repeating: 0, count: Familiarity.featureCount)
    return (0..<set.count).map { n in
      features.withUnsafeMutableBufferPointer {
        Familiarity.features(ofPatch: set.pixels.base + n * set.patch.count, set.patch, into: $0)
      }
      return features.withUnsafeBufferPointer { model.familiarity.score($0) }
    }
  }

  static func compare(
    _ kind: String, foreign: [Float], familiar: [Float], threshold: Float
  ) -> EvaluationSummary.Foreign {
    let flagged = foreign.filter { $0 < threshold }.count
    return EvaluationSummary.Foreign(
      kind: kind, samples: foreign.count, areaUnderCurve: areaUnderCurve(lower: foreign, higher: familiar),
      flagged: Double(flagged) / Double(max(1, foreign.count)))
  }

  /// Probability that one of `lower` is below one of `higher`, from their ranks; ties count half. O(n log n).
  static func areaUnderCurve(lower: [Float], higher: [Float]) -> Double {
    guard !lower.isEmpty, !higher.isEmpty else { return 0.5 }
    let all = (lower.map { ($0, false) } + higher.map { ($0, true) }).sorted { $0.0 < $1.0 }
    var (sum, first) = (0.0, 0)
    while first < all.count {
      var last = first
      while last + 1 < all.count, all[last + 1].0 == all[first].0 { last += 1 }
      // Ranks from 1; equal values share their mean.
      let rank = Double(first + last) / 2 + 1
      sum += rank * Double(all[first...last].filter { $0.1 }.count)
      first = last + 1
    }
    let n = Double(higher.count)
    return (sum - n * (n + 1) / 2) / (n * Double(lower.count))
  }
}
