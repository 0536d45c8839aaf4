// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import Emulator

@Suite("Gaussian processes")
struct GaussianProcessTests {
  static let plain = SymmetricKernel(
    symmetries: [CrystalSymmetry(mirrorsX: false, mirrorsY: false, steps: false, gammaAlternates: true)],
    imageClass: .even)

  /// Points of a Sobol sequence over ±10°, ±3 mrad and two layers.
  static func points(_ count: Int, skipping: Int = 1) -> [EmulatorInput] {
    SobolSequence(dimension: 6, skipping: skipping).prefix(count).map { x in
      let y = x.map { 2 * $0 - 1 }
      return EmulatorInput(SIMD8(10 * y[0], 10 * y[1], 10 * y[2], 3 * y[3], 3 * y[4], y[5] < 0 ? 0 : 1, 0, 0))
    }
  }

  static func function(_ input: EmulatorInput) -> Double {
    let x = input.vector
    let tilt: Double = sin(x[0] / 9) * cos(x[1] / 12) + 0.01 * x[2] * x[2]
    let mistilt: Double = 0.1 * x[3] - 0.03 * x[4] * x[4]
    return tilt + mistilt + 0.2 * x[5]
  }

  @Test("a smooth function of all six inputs is found again")
  func recovery() throws {
    let points = Self.points(100)
    let process = try #require(
      MarginalLikelihood.fit(points: points, values: points.map(Self.function), kernel: Self.plain))
    let probes = Self.points(50, skipping: 300)
    let errors = probes.map { abs(process.mean(at: $0) - Self.function($0)) }.sorted()
    print("Gaussian process: median error \(errors[25]), largest \(errors[49]) of a function of spread 0.8")
    #expect(errors[25] < 0.02 && errors[49] < 0.15)
    // At a training point little is unknown; far away everything is.
    let amplitude = process.hyperparameters.amplitude
    #expect(process.variance(at: points[3]) < 1e-3 * amplitude * amplitude)
    #expect(process.variance(at: EmulatorInput(SIMD8(repeating: 5000))) > 0.9 * amplitude * amplitude)
  }

  /// The slow obvious reference for the gradient: finite differences of the likelihood.
  @Test("the likelihood's gradient is that of finite differences", arguments: [0, 3, 6])
  func gradient(imageClass number: Int) throws {
    let imageClass = try #require(ImageClass(rawValue: number))
    let kernel = SymmetricKernel(symmetries: CrystalSymmetry.all(.outOfPhase), imageClass: imageClass)
    let points = Self.points(16)
    let values = points.map(Self.function)
    let start = Hyperparameters(amplitude: 0.8, noise: 0.05, lengths: SIMD8(7, 9, 12, 4, 5, 1.5, 1, 1)).logarithms
    func process(_ theta: [Double]) throws -> GaussianProcess {
      try #require(
        GaussianProcess(
          points: points, values: values, kernel: kernel, hyperparameters: Hyperparameters(logarithms: theta)))
    }
    let gradient = try process(start).gradient()
    #expect(gradient.count == Hyperparameters.count)
    for n in start.indices {
      var (up, down) = (start, start)
      up[n] += 1e-5
      down[n] -= 1e-5
      let numeric = (try process(up).logMarginalLikelihood() - process(down).logMarginalLikelihood()) / 2e-5
      #expect(abs(numeric - gradient[n]) < 1e-4 * max(1, abs(numeric)), "parameter \(n)")
    }
  }

  @Test("what is learnt at one state is known, with its sign, at all that the symmetries make of it")
  func symmetry() throws {
    let points = Self.points(20)
    let symmetries = CrystalSymmetry.all(.outOfPhase)
    let parameters = Hyperparameters(amplitude: 1, noise: 0.01, lengths: SIMD8(8, 8, 8, 4, 4, 2, 1, 1))
    let probe = EmulatorInput(SIMD8(3, -2, 5, 1, -2, 1, 0, 0))
    for imageClass in ImageClass.allCases {
      let kernel = SymmetricKernel(symmetries: symmetries, imageClass: imageClass)
      let process = try #require(
        GaussianProcess(
          points: points, values: points.map(Self.function), kernel: kernel, hyperparameters: parameters))
      for symmetry in symmetries {
        let sign = imageClass.sign(under: symmetry)
        #expect(abs(process.mean(at: symmetry.apply(probe)) - sign * process.mean(at: probe)) < 1e-10)
        #expect(abs(process.variance(at: symmetry.apply(points[4])) - process.variance(at: points[4])) < 1e-10)
      }
    }
  }

  @Test("the kernel is symmetric in its two points")
  func kernel() {
    let symmetries = CrystalSymmetry.all(.outOfPhase)
    let parameters = Hyperparameters(amplitude: 1, noise: 0.1, lengths: SIMD8(5, 6, 7, 3, 2, 1, 1, 1))
    let points = Self.points(2)
    for imageClass in ImageClass.allCases {
      let kernel = SymmetricKernel(symmetries: symmetries, imageClass: imageClass)
      let images = points.map { kernel.images(of: [$0]).points }
      let there = kernel.value(points[0], images: images[1][...], parameters)
      let back = kernel.value(points[1], images: images[0][...], parameters)
      #expect(abs(there - back) < 1e-14)
    }
  }

  @Test("two simulations of one state and no noise make no process")
  func singular() {
    let points = [Self.points(1)[0], Self.points(1)[0]]
    let parameters = Hyperparameters(amplitude: 1, noise: 0, lengths: SIMD8(repeating: 5))
    #expect(
      GaussianProcess(points: points, values: [1, 2], kernel: Self.plain, hyperparameters: parameters) == nil)
  }
}
