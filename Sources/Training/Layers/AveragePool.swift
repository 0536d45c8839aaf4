// SPDX-License-Identifier: GPL-3.0-or-later
import CTrainingKernels

/// Mean over 2 × 2 pixels, stride 2; an odd last row or column is left out.
public enum AveragePool {
  public static func forward(_ x: FeatureMap, into out: FeatureMap, samples: Int) {
    Kernels.table.average_pool(x.kernelMap, out.kernelMap, out.extent(samples: samples))
  }

  /// Gradient of `x` from that of the output; that of a row or column that was left out is zero.
  public static func backward(_ outputGradient: FeatureMap, into dx: FeatureMap, samples: Int) {
    let usedRow = 2 * outputGradient.width * dx.channels
    let leftOutInRow = dx.width * dx.channels - usedRow
    for n in 0..<samples {
      if leftOutInRow > 0 {
        for y in 0..<dx.height {
          (dx.interior(n) + y * dx.rowStride + usedRow).update(repeating: 0, count: leftOutInRow)
        }
      }
      if !dx.height.isMultiple(of: 2) {
        (dx.interior(n) + (dx.height - 1) * dx.rowStride).update(repeating: 0, count: dx.width * dx.channels)
      }
    }
    Kernels.table.average_pool_gradient(
      outputGradient.kernelMap, dx.kernelMap, outputGradient.extent(samples: samples))
  }
}
