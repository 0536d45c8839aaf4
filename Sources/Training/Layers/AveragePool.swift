// SPDX-License-Identifier: GPL-3.0-or-later
import CTrainingKernels

/// Mean over 2 × 2 pixels, stride 2; an odd last row or column is left out.
public enum AveragePool {
  public static func forward(_ x: FeatureMap, into out: FeatureMap, samples: Int) {
    Kernels.table.average_pool(x.kernelMap, out.kernelMap, out.extent(samples: samples))
  }

  /// Gradient of `x` from that of the output.
  public static func backward(_ outputGradient: FeatureMap, into dx: FeatureMap, samples: Int) {
    Kernels.table.average_pool_gradient(
      outputGradient.kernelMap, dx.kernelMap, outputGradient.extent(samples: samples))
  }
}
