// SPDX-License-Identifier: GPL-3.0-or-later
import CTrainingKernels
import Foundation
import GlazerCore
import Testing

@testable import Emulator

@Suite("The kernel and its sums of Gaussians")
struct SymmetricKernelTests {
  /// Plain exponentials of points near and far: the kernels' exponential against Foundation's.
  @Test("every instruction set gives the plain Gaussians to 1e-12", arguments: ["sse2", "avx2", "avx512"])
  func instructionSets(name: String) throws {
    guard let kernels = glazer_training_kernels_named(name)?.pointee else { return }
    var random = SeededRandom(seed: 2)
    let (count, stride, dimensions) = (64, 72, 6)
    var points = [Double](repeating: 0, count: stride * dimensions)
    for n in points.indices { points[n] = 3 * random.gaussian() }
    for spread in [0.1, 1, 3, 12] {
      let query = (0..<8).map { _ in spread * random.gaussian() }
      var found = [Double](repeating: 2, count: count)
      kernels.add_gaussians(points, stride, count, Int32(dimensions), query, -0.5, &found)
      for n in 0..<count {
        var square = 0.0
        for d in 0..<dimensions { square += pow(points[d * stride + n] - query[d], 2) }
        #expect(abs(found[n] - (2 - 0.5 * exp(-0.5 * square))) <= 1e-12, "spread \(spread)")
      }
    }
  }

  /// The slow obvious reference: the covariance as a sum over the symmetries, point by point.
  private static func plain(
    _ a: EmulatorInput, _ b: EmulatorInput, _ c: ImageClass, _ l: SIMD8<Double>, _ symmetries: [CrystalSymmetry]
  ) -> Double {
    symmetries.reduce(0) { sum, symmetry in
      let d = (a.vector - symmetry.apply(b).vector) / l
      return sum + c.sign(under: symmetry) * exp(-0.5 * (d * d).sum())
    }
  }

  @Test(
    "a row is the plain sum over the symmetries, whatever the number of points", arguments: [1, 7, 8, 13],
    ["---", "++-"])
  func rows(count: Int, pattern: String) throws {
    let symmetries = CrystalSymmetry.all(try #require(TiltPattern(pattern)))
    let points = ProcessTests.points(count)
    let lengths = SIMD8<Double>(6, 7, 8, 2, 3, 1, 1, 1)
    let probe = EmulatorInput(SIMD8(1, 2, -3, 0.5, 1, 1, 0, 0))
    for imageClass in ImageClass.allCases {
      let kernel = SymmetricKernel(
        points: points, lengths: lengths, symmetries: symmetries, imageClass: imageClass)
      var row = [Double](repeating: .nan, count: kernel.paddedCount)
      kernel.row(at: probe, into: &row)
      let matrix = kernel.matrix()
      for (n, point) in points.enumerated() {
        #expect(abs(row[n] - Self.plain(probe, point, imageClass, lengths, symmetries)) < 1e-12)
        for m in 0..<count { #expect(abs(matrix[n * count + m] - matrix[m * count + n]) < 1e-12) }
      }
      #expect(abs(kernel.variance(at: probe) - Self.plain(probe, probe, imageClass, lengths, symmetries)) < 1e-12)
    }
  }
}
