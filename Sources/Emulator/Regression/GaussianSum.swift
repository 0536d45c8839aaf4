// SPDX-License-Identifier: GPL-3.0-or-later
import CTrainingKernels
import Foundation

/// Σ wₙ exp(−½ |(xₙ − x)/ℓ|²) as arrays that the vector kernel runs over.
struct GaussianSum: Sendable {
  private static let lanes = 8
  /// `[input][point]`, divided by the length scales and filled up with points of weight 0.
  private let scaled: [Double]
  private let weights: [Double]
  private let inverse: SIMD8<Double>

  init(points: [EmulatorInput], weights: [Double], lengths: SIMD8<Double>) {
    let padded = (points.count + Self.lanes - 1) / Self.lanes * Self.lanes
    inverse = 1 / lengths
    var scaled = [Double](repeating: 0, count: padded * EmulatorInput.count)
    for (n, point) in points.enumerated() {
      let x = point.vector / lengths
      for d in 0..<EmulatorInput.count { scaled[d * padded + n] = x[d] }
    }
    self.scaled = scaled
    self.weights = weights + Array(repeating: 0, count: padded - points.count)
  }

  func value(at point: EmulatorInput) -> Double {
    var query = point.vector * inverse
    return withUnsafePointer(to: &query) {
      $0.withMemoryRebound(to: Double.self, capacity: 8) {
        Self.kernels.gaussian_sum(scaled, weights.count, weights, weights.count, Int32(EmulatorInput.count), $0)
      }
    }
  }

  // A table of C functions, written once and never changed.
  private nonisolated(unsafe) static let kernels = glazer_training_kernels_best().pointee
}
