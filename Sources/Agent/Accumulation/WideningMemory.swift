// SPDX-License-Identifier: GPL-3.0-or-later

/// By how much stated deviations were to be widened, in the mean of the frames: a microscope's noise is much the same in the next frame, and what one
/// frame shows of it is as uncertain as the number of its cells is small.
///
/// Means are of variances as they were found, above 1 or below: the mean of factors that are held at 1 would widen what holds, for ever.
struct WideningMemory: Sendable {
  /// Found over stated, of q, c and s.
  private var mean = SIMD3<Double>(repeating: 1)
  private var last = SIMD3<Double>(repeating: 1)
  private var weight = 0.0

  var isEmpty: Bool { weight == 0 }

  var factors: SIMD3<Double> { Self.factors(mean) }

  /// The share of a frame's variance that its model did not state.
  var unexplained: SIMD3<Double> { 1 - 1 / pointwiseMax(mean, SIMD3(repeating: 1)) }

  static func factors(_ variance: SIMD3<Double>) -> SIMD3<Double> {
    pointwiseMax(variance, SIMD3(repeating: 1)).squareRoot()
  }

  /// Lets time pass that leaves `decay` of every weight.
  mutating func age(decay: Double) { weight *= decay }

  mutating func add(_ variance: SIMD3<Double>) {
    weight += 1
    mean += (variance - mean) / weight
    last = variance
  }

  /// From the last frame on: it shows something else than those before.
  mutating func restart() { if !isEmpty { (mean, weight) = (last, 1) } }
}
