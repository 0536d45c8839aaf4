// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import Emulator

@Suite struct RegressionTests {
  private static func function(_ x: SIMD3<Double>) -> Double { sin(x.x / 6) * cos(x.y / 9) + 0.02 * x.z * x.z }

  private static let points: [SIMD3<Double>] = SobolSequence(skipping: 1).prefix(60).map { ($0 * 2 - 1) * 10 }

  @Test func aSmoothFunctionIsFoundAgain() throws {
    let values = Self.points.map(Self.function)
    let process = try #require(MarginalLikelihood.fit(points: Self.points, values: values))
    for probe in [SIMD3(1, 2, 3), SIMD3(-4, 5, 0.5), SIMD3(7, -7, 2)] as [SIMD3<Double>] {
      #expect(abs(process.mean(at: probe) - Self.function(probe)) < 0.02)
    }
    // At a training point little is unknown; far away everything is.
    let amplitude = process.hyperparameters.amplitude
    #expect(process.variance(at: Self.points[3]) < 1e-3 * amplitude * amplitude)
    #expect(process.variance(at: SIMD3(500, 500, 500)) > 0.9 * amplitude * amplitude)
  }

  /// The slow obvious reference for the gradient: finite differences of the likelihood.
  @Test func gradientOfTheLikelihood() throws {
    let points = Array(Self.points.prefix(20))
    let values = points.map(Self.function)
    let start = Hyperparameters(amplitude: 0.8, noise: 0.05, lengths: SIMD3(7, 9, 12)).logarithms
    func likelihood(_ theta: [Double]) throws -> Double {
      let process = GaussianProcess(
        points: points, values: values, hyperparameters: Hyperparameters(logarithms: theta))
      return try #require(process).logMarginalLikelihood()
    }
    let process = GaussianProcess(points: points, values: values, hyperparameters: Hyperparameters(logarithms: start))
    let gradient = try #require(process).gradient()
    for n in start.indices {
      var up = start
      var down = start
      up[n] += 1e-5
      down[n] -= 1e-5
      let numeric = (try likelihood(up) - likelihood(down)) / 2e-5
      #expect(abs(numeric - gradient[n]) < 1e-4 * max(1, abs(numeric)))
    }
  }

  @Test func mirrorsOfTheDataAreMirrorsOfTheMean() throws {
    // An even function of the flips (q, r) and (p, q), as a symmetric image component is.
    func even(_ x: SIMD3<Double>) -> Double { x.x * x.y * x.z / 300 + x.x * x.x / 50 }
    var points: [SIMD3<Double>] = []
    for p in Self.points.prefix(12) {
      points += [p, SIMD3(p.x, -p.y, -p.z), SIMD3(-p.x, -p.y, p.z), SIMD3(-p.x, p.y, -p.z)]
    }
    let process = try #require(MarginalLikelihood.fit(points: points, values: points.map(even)))
    let a = process.mean(at: SIMD3(3, 2, 5))
    #expect(abs(a - process.mean(at: SIMD3(3, -2, -5))) < 1e-6)
    #expect(abs(a - process.mean(at: SIMD3(-3, -2, 5))) < 1e-6)
  }

  @Test func interpolationIsExactForCubics() {
    let axis = AxisInterpolation(nodes: [-40, -20, 0, 20, 40], order: 4)
    func cubic(_ x: Double) -> Double { 1 + x / 10 - x * x / 300 + x * x * x / 9000 }
    var weights = [Double](repeating: 0, count: 4)
    for x in [-40.0, -33, -5, 0, 17, 39, 40] {
      let first = axis.weights(at: x, into: &weights)
      let value = (0..<4).reduce(0) { $0 + weights[$1] * cubic(axis.nodes[first + $1]) }
      #expect(abs(value - cubic(x)) < 1e-9)
    }
  }

  @Test func sobolPointsFillTheCubeEvenly() {
    let points = Array(SobolSequence(skipping: 0).prefix(64))
    for axis in 0..<3 {
      for bin in 0..<8 {
        let inBin = points.filter { Int($0[axis] * 8) == bin }.count
        #expect(inBin == 8)
      }
    }
    #expect(Set(points).count == 64)
  }
}
