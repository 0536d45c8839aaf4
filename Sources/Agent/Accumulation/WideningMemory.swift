// SPDX-License-Identifier: GPL-3.0-or-later

/// By how much stated deviations were to be widened, in the mean of the frames: a microscope's noise is much the same in the next frame, and what one
/// frame shows of it is as uncertain as the number of its cells is small.
struct WideningMemory: Sendable {
  /// Of the factors on deviations of q, c and s.
  private var meanSquare = SIMD3<Double>(repeating: 1)
  private var weight = 0.0

  var factors: SIMD3<Double> { meanSquare.squareRoot() }

  /// The share of a frame's variance that its model did not state.
  var unexplained: SIMD3<Double> { 1 - 1 / meanSquare }

  /// Lets time pass that leaves `decay` of every weight.
  mutating func age(decay: Double) { weight *= decay }

  mutating func add(_ factors: SIMD3<Double>) {
    weight += 1
    meanSquare += (factors * factors - meanSquare) / weight
  }
}
