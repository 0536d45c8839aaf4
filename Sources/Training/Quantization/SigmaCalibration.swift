// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference

#if canImport(Glibc)
  import Glibc
#endif

/// Factors on the stated standard deviations of q, c and s that make 68.3 % of the errors fall within one of them.
public enum SigmaCalibration {
  static let oneSigmaShare = 0.6827

  /// From raw outputs, six a sample.
  public static func scale(outputs: [Float], truths: [SampleTruth], degreesPerUnit: Double) -> [Double] {
    let readings = outputs.readings(degreesPerUnit: degreesPerUnit, sigmaScale: [1, 1, 1])
    var ratios = [[Double]](repeating: [], count: 3)
    for (reading, truth) in zip(readings, truths) {
      let t = truth.targets
      ratios[0].append(abs(reading.q - t.q) / reading.qSigma)
      ratios[1].append(abs(reading.split.c - t.c) / reading.cSigma)
      ratios[2].append(abs(reading.split.s - t.s) / reading.sSigma)
    }
    return ratios.map { ratios in
      guard !ratios.isEmpty else { return 1 }
      let value = ratios.sorted()[min(ratios.count - 1, Int(oneSigmaShare * Double(ratios.count)))]
      return value.isFinite && value > 0 ? value : 1
    }
  }
}
