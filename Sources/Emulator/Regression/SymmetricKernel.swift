// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// A squared-exponential covariance summed over the symmetries with their signs: functions drawn from it have the symmetry
/// of their image class exactly, and each simulation stands for all that the symmetries make of it.
struct SymmetricKernel: Sendable {
  let symmetries: [CrystalSymmetry]
  let imageClass: ImageClass
  private let signs: [Double]

  init(symmetries: [CrystalSymmetry], imageClass: ImageClass) {
    self.symmetries = symmetries
    self.imageClass = imageClass
    signs = symmetries.map { imageClass.sign(under: $0) }
  }

  /// The points that the symmetries make of `points`, and the sign of each: [point][symmetry].
  func images(of points: [EmulatorInput]) -> (points: [EmulatorInput], signs: [Double]) {
    (points.flatMap { point in symmetries.map { $0.apply(point) } }, points.flatMap { _ in signs })
  }

  /// k(a, b) without the amplitude squared, and its derivatives by the logarithms of the length scales.
  @inline(__always)
  func value(_ a: EmulatorInput, images: ArraySlice<EmulatorInput>, _ h: Hyperparameters) -> Double {
    var sum = 0.0
    for (n, image) in images.enumerated() {
      let d = (a.vector - image.vector) / h.lengths
      sum += signs[n] * exp(-0.5 * (d * d).sum())
    }
    return sum
  }

  @inline(__always)
  func gradient(
    _ a: EmulatorInput, images: ArraySlice<EmulatorInput>, _ h: Hyperparameters
  ) -> (value: Double, byLogLengths: SIMD8<Double>) {
    var sum = 0.0
    var gradient = SIMD8<Double>.zero
    for (n, image) in images.enumerated() {
      let d = (a.vector - image.vector) / h.lengths
      let k = signs[n] * exp(-0.5 * (d * d).sum())
      sum += k
      gradient += k * d * d
    }
    return (sum, gradient)
  }
}
