// SPDX-License-Identifier: GPL-3.0-or-later
import COpenBLAS
import Emulator
import Inference

/// Fits what the engine calls familiar: the principal components of the training patches' box averages.
public enum FamiliarityFit {
  /// Below this dose (e/Å²) noise alone makes a patch unfamiliar; such samples do not set the threshold.
  public static let thresholdDosePerA2 = 1e4
  /// Share of the samples above that dose that fall below the threshold.
  public static let refusedShare = 0.01

  public static func fit(_ set: SampleSet, directions: Int = 16) throws(TrainingError) -> Familiarity {
    let size = Familiarity.featureCount
    let features = self.features(set)
    var mean = [Double](repeating: 0, count: size)
    for (i, value) in features.enumerated() { mean[i % size] += Double(value) / Double(set.count) }
    var covariance = [Double](repeating: 0, count: size * size)
    for n in 0..<set.count {
      let centred = (0..<size).map { Double(features[n * size + $0]) - mean[$0] }
      cblas_dsyr(CblasRowMajor, CblasLower, Int32(size), 1 / Double(set.count), centred, 1, &covariance, Int32(size))
    }
    // One eigenvector a row, by rising eigenvalue.
    do throws(EmulatorError) {
      _ = try SymmetricMatrix.eigenvectors(&covariance, order: size)
    } catch {
      throw .badFile(file: "familiarity", expected: "a covariance with eigenvectors", found: error.description)
    }
    let kept = min(directions, size)
    let basis = (0..<kept).flatMap { k in covariance[(size - 1 - k) * size..<(size - k) * size].map { Float($0) } }
    var familiarity = Familiarity(
      mean: mean.map { Float($0) }, basis: basis, limits: Array(repeating: 0, count: 2 * kept), threshold: 0)
    var scores: [Float] = []
    features.withUnsafeBufferPointer { all in
      let usable = (0..<set.count).filter { set.truths[$0].dosePerA2 >= thresholdDosePerA2 }
      func sample(_ n: Int) -> UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(rebasing: all[n * size..<(n + 1) * size])
      }
      for direction in 0..<kept {
        let coefficients = usable.map { familiarity.coefficient(sample($0), direction) }
        familiarity.limits[2 * direction] = coefficients.min() ?? 0
        familiarity.limits[2 * direction + 1] = coefficients.max() ?? 0
      }
      scores = usable.map { familiarity.score(sample($0)) }
    }
    scores.sort()
    familiarity.threshold = scores.isEmpty ? 0 : scores[Int(refusedShare * Double(scores.count))]
    return familiarity
  }

  private static func features(_ set: SampleSet) -> [Float] {
    let size = Familiarity.featureCount
    var features = [Float](repeating: 0, count: set.count * size)
    features.withUnsafeMutableBufferPointer { all in
      for n in 0..<set.count {
        Familiarity.features(
          ofPatch: set.pixels.base + n * set.patch.count, set.patch,
          into: UnsafeMutableBufferPointer(rebasing: all[n * size..<(n + 1) * size]))
      }
    }
    return features
  }
}
