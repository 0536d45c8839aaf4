// SPDX-License-Identifier: GPL-3.0-or-later
import CTrainingKernels
import Foundation

/// A squared-exponential covariance summed over the symmetries with their signs: functions drawn from it have the symmetry
/// of their image class exactly, and each simulation stands for all that the symmetries make of it.
///
/// Holds the points of the simulations, so that a query costs one vectorised exponential for each point and symmetry.
struct SymmetricKernel: Sendable {
  let points: [EmulatorInput]
  /// Length scale along each input, in its unit; the unused lanes are 1.
  let lengths: SIMD8<Double>
  /// `points.count` filled up to whole vectors.
  let paddedCount: Int
  private let symmetries: [CrystalSymmetry]
  private let signs: [Double]
  /// `[symmetry][input][point]`, divided by the length scales.
  private let images: [Double]

  init(points: [EmulatorInput], lengths: SIMD8<Double>, symmetries: [CrystalSymmetry], imageClass: ImageClass) {
    (self.points, self.lengths, self.symmetries) = (points, lengths, symmetries)
    signs = symmetries.map { imageClass.sign(under: $0) }
    let padded = (points.count + 7) / 8 * 8
    paddedCount = padded
    var images = [Double](repeating: 0, count: symmetries.count * EmulatorInput.count * padded)
    for (s, symmetry) in symmetries.enumerated() {
      for (n, point) in points.enumerated() {
        let x = symmetry.apply(point).vector / lengths
        for d in 0..<EmulatorInput.count { images[(s * EmulatorInput.count + d) * padded + n] = x[d] }
      }
    }
    self.images = images
  }

  /// k(x, point n) into `row[n]` for all points; `row` holds `paddedCount` numbers, those beyond the points mean nothing.
  /// O(points · symmetries), no allocation.
  func row(at x: EmulatorInput, into row: inout [Double]) {
    precondition(row.count >= paddedCount, "a row of \(paddedCount) numbers")
    for n in 0..<paddedCount { row[n] = 0 }
    var query = x.vector / lengths
    withUnsafePointer(to: &query) {
      $0.withMemoryRebound(to: Double.self, capacity: 8) { query in
        images.withUnsafeBufferPointer { images in
          row.withUnsafeMutableBufferPointer { row in
            guard let images = images.baseAddress, let row = row.baseAddress else { return }
            for s in signs.indices {
              Self.kernels.add_gaussians(
                images + s * EmulatorInput.count * paddedCount, paddedCount, paddedCount, Int32(EmulatorInput.count),
                query, signs[s], row)
            }
          }
        }
      }
    }
  }

  /// k(x, x).
  func variance(at x: EmulatorInput) -> Double {
    zip(symmetries, signs).reduce(0) { sum, pair in
      let d = (x.vector - pair.0.apply(x).vector) / lengths
      return sum + pair.1 * exp(-0.5 * (d * d).sum())
    }
  }

  /// k between all points, row-major.
  func matrix() -> [Double] {
    var matrix: [Double] = []
    matrix.reserveCapacity(points.count * points.count)
    var own = [Double](repeating: 0, count: paddedCount)
    for point in points {
      row(at: point, into: &own)
      matrix += own[..<points.count]
    }
    return matrix
  }

  // A table of C functions, written once and never changed.
  private nonisolated(unsafe) static let kernels = glazer_training_kernels_best().pointee
}
