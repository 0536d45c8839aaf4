// SPDX-License-Identifier: GPL-3.0-or-later
import CTrainingKernels
import Foundation
import GlazerCore
import Testing

@testable import Emulator

@Suite("Sums of Gaussians")
struct GaussianSumTests {
  /// A pure sum over `count` points, near and far: the kernels' exponential against Foundation's.
  @Test("every instruction set gives the plain sum to 1e-12", arguments: ["sse2", "avx2", "avx512"])
  func kernels(name: String) throws {
    guard let kernels = glazer_training_kernels_named(name)?.pointee else { return }
    var random = SeededRandom(seed: 2)
    let (count, stride, dimensions) = (64, 72, 6)
    var points = [Double](repeating: 0, count: stride * dimensions)
    for n in points.indices { points[n] = 3 * random.gaussian() }
    let weights = (0..<count).map { _ in random.gaussian() }
    for spread in [0.1, 1, 3, 12] {
      let query = (0..<8).map { _ in spread * random.gaussian() }
      let terms = (0..<count).map { n -> Double in
        var square = 0.0
        for d in 0..<dimensions { square += pow(points[d * stride + n] - query[d], 2) }
        return weights[n] * exp(-0.5 * square)
      }
      let found = kernels.gaussian_sum(points, stride, weights, count, Int32(dimensions), query)
      // Weights of both signs cancel: relative to the sum of the sizes, below which nothing is known.
      let size = terms.reduce(0) { $0 + abs($1) }
      #expect(abs(found - terms.reduce(0, +)) <= 1e-12 * size + 1e-290, "spread \(spread)")
    }
  }

  @Test("points that do not fill the last vector, lengths of their own", arguments: [1, 7, 8, 13])
  func padding(count: Int) {
    let points = GaussianProcessTests.points(count)
    let weights = (0..<count).map { cos(Double($0)) }
    let lengths = SIMD8<Double>(6, 7, 8, 2, 3, 1, 1, 1)
    let sum = GaussianSum(points: points, weights: weights, lengths: lengths)
    let probe = EmulatorInput(SIMD8(1, 2, -3, 0.5, 1, 1, 0, 0))
    var expected = 0.0
    for (n, point) in points.enumerated() {
      let d = (point.vector - probe.vector) / lengths
      expected += weights[n] * exp(-0.5 * (d * d).sum())
    }
    #expect(abs(sum.value(at: probe) - expected) < 1e-13)
  }
}
