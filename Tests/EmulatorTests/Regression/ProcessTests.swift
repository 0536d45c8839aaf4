// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import Emulator

@Suite("Gaussian processes")
struct ProcessTests {
  private static let noSymmetry = [
    CrystalSymmetry(mirrorsX: false, mirrorsY: false, stepsUp: false, gammaAlternates: true)
  ]

  /// Points of a Sobol sequence over ±10°, ±3 mrad and two layers.
  static func points(_ count: Int, skipping: Int = 1) -> [EmulatorInput] {
    SobolSequence(dimension: 6, skipping: skipping).prefix(count).map { x in
      let y = x.map { 2 * $0 - 1 }
      return EmulatorInput(SIMD8(10 * y[0], 10 * y[1], 10 * y[2], 3 * y[3], 3 * y[4], y[5] < 0 ? 0 : 1, 0, 0))
    }
  }

  private static func function(_ input: EmulatorInput) -> Double {
    let x = input.vector
    let tilt: Double = sin(x[0] / 9) * cos(x[1] / 12) + 0.01 * x[2] * x[2]
    let mistilt: Double = 0.1 * x[3] - 0.03 * x[4] * x[4]
    return tilt + mistilt + 0.2 * x[5]
  }

  private static func means(_ processes: CoefficientProcesses, at point: EmulatorInput) -> [Double] {
    var row = [Double](repeating: 0, count: processes.covariance.kernel.paddedCount)
    var result = [Double](repeating: 0, count: processes.members.count)
    processes.means(at: point, row: &row, into: &result)
    return result
  }

  private static func processes(
    _ points: [EmulatorInput], _ members: [CoefficientProcesses.Member], imageClass: ImageClass = .even,
    symmetries: [CrystalSymmetry] = noSymmetry, pairCorrelation: Double = 0
  ) throws -> CoefficientProcesses {
    let kernel = SymmetricKernel(
      points: points, lengths: SIMD8(8, 9, 8, 4, 5, 2, 1, 1), symmetries: symmetries, imageClass: imageClass)
    return CoefficientProcesses(
      covariance: try CommonCovariance(kernel: kernel, pairCorrelation: pairCorrelation), members: members)
  }

  @Test("smooth functions of all six inputs are found again, two at a time")
  func recovery() throws {
    let points = Self.points(100)
    let values = points.map(Self.function)
    let processes = try MarginalLikelihood(
      points: points, values: [values, values.map { 3 - 2 * $0 }], symmetries: Self.noSymmetry, imageClass: .even,
      pairCorrelation: 0
    ).fit()
    let probes = Self.points(50, skipping: 300)
    for (n, scale) in [1.0, -2].enumerated() {
      let errors = probes.map { probe in
        abs(Self.means(processes, at: probe)[n] - (scale > 0 ? 0 : 3) - scale * Self.function(probe)) / abs(scale)
      }.sorted()
      print("Gaussian process \(n): median error \(errors[25]), largest \(errors[49]) of a function of spread 0.8")
      #expect(errors[25] < 0.02 && errors[49] < 0.15)
    }
    // At a training point little is unknown; far away everything is.
    let all = processes.members.reduce(0) { $0 + $1.amplitude * $1.amplitude }
    #expect(processes.variance(at: points[3]) < 1e-3 * all)
    #expect(processes.variance(at: EmulatorInput(SIMD8(repeating: 5000))) > 0.9 * all)
  }

  @Test("nothing but noise is not explained by short lengths where that is what is expected", arguments: [true, false])
  func noise(isMostlyNoise: Bool) throws {
    var random = SeededRandom(seed: 5)
    let points = Self.points(60)
    let values = (0..<3).map { _ in points.map { _ in random.gaussian() } }
    let lengths = try MarginalLikelihood(
      points: points, values: values, symmetries: Self.noSymmetry, imageClass: .even, pairCorrelation: 0,
      isMostlyNoise: isMostlyNoise
    ).fit().covariance.kernel.lengths
    let usual = MarginalLikelihood.usualLengths
    #expect((0..<EmulatorInput.count).allSatisfy { lengths[$0] >= usual[$0] } == isMostlyNoise, "\(lengths)")
  }

  /// Forty coefficients of chance, and one that hardly stands out of it: with a share of noise for each, chance passes for functions.
  @Test("what is mostly noise teaches little, but for what all of it shows", arguments: [true, false])
  func commonNoise(hasFunction: Bool) throws {
    var random = SeededRandom(seed: 6)
    let points = Self.points(60)
    let values = (0..<40).map { _ in
      points.map { (hasFunction ? Self.function($0) : 0) + random.gaussian() }
    }
    func learnt(_ isMostlyNoise: Bool) throws -> Double {
      let processes = try MarginalLikelihood(
        points: points, values: values, symmetries: Self.noSymmetry, imageClass: .even, pairCorrelation: 0,
        isMostlyNoise: isMostlyNoise
      ).fit()
      let squares = points.map { point in Self.means(processes, at: point).reduce(0) { $0 + $1 * $1 } }
      return squares.reduce(0, +) / Double(points.count * values.count)
    }
    let (common, own) = (try learnt(true), try learnt(false))
    print("mean square of what is learnt from noise of 1: \(common), with a share for each \(own)")
    if hasFunction { #expect(common > 0.1) } else { #expect(common < 0.002 && own > 0.01) }
  }

  /// The slow obvious reference: (K + ρ R) solved by elimination.
  @Test("weights and means are those of the covariance written out", arguments: [0, 0.9])
  func plain(pairCorrelation: Double) throws {
    let points = Self.points(12)
    let values = points.map(Self.function)
    let ratio = 0.05
    let processes = try Self.processes(
      points, [.init(amplitude: 1, noiseRatio: ratio, values: values)], pairCorrelation: pairCorrelation)
    let kernel = processes.covariance.kernel
    let n = points.count
    var rows = (0..<n).map { i in Array(kernel.matrix()[i * n..<(i + 1) * n]) + [values[i]] }
    for i in 0..<n {
      rows[i][i] += ratio
      rows[i][i ^ 1] += ratio * pairCorrelation
    }
    for i in 0..<n {
      for j in 0..<n where j != i {
        let factor = rows[j][i] / rows[i][i]
        for k in i...n { rows[j][k] -= factor * rows[i][k] }
      }
    }
    let probe = EmulatorInput(SIMD8(3, -2, 5, 1, -2, 1, 0, 0))
    var row = [Double](repeating: 0, count: kernel.paddedCount)
    kernel.row(at: probe, into: &row)
    let expected = (0..<n).reduce(0) { $0 + row[$1] * rows[$1][n] / rows[$1][$1] }
    #expect(abs(Self.means(processes, at: probe)[0] - expected) < 1e-9)
  }

  /// Two views of each simulation with one noise in both: taking that into account finds the difference of the views better.
  @Test("noise that the views of a simulation share is known to be shared")
  func sharedNoise() throws {
    var random = SeededRandom(seed: 4)
    let points = Self.points(40).flatMap { point -> [EmulatorInput] in
      var flat = point.vector
      (flat[3], flat[4]) = (0, 0)
      return [EmulatorInput(flat), point]
    }
    var noise = 0.0
    let values = points.enumerated().map { n, point in
      if n.isMultiple(of: 2) { noise = 0.4 * random.gaussian() }
      return Self.function(point) + noise
    }
    func error(_ correlation: Double) throws -> Double {
      let processes = try MarginalLikelihood(
        points: points, values: [values], symmetries: Self.noSymmetry, imageClass: .even, pairCorrelation: correlation
      ).fit()
      return Self.points(40, skipping: 500).reduce(0) { sum, point in
        var flat = point.vector
        (flat[3], flat[4]) = (0, 0)
        let other = EmulatorInput(flat)
        let found = Self.means(processes, at: point)[0] - Self.means(processes, at: other)[0]
        return sum + pow(found - Self.function(point) + Self.function(other), 2)
      }
    }
    let (shared, independent) = (try error(0.95), try error(0))
    print("squared error of differences with shared noise \(shared / 40), without \(independent / 40)")
    #expect(shared < 0.7 * independent)
  }

  @Test(
    "what is learnt at one state is known, with its sign, at all that the symmetries make of it",
    arguments: ["---", "++-"])
  func symmetry(pattern: String) throws {
    let points = Self.points(20)
    let symmetries = CrystalSymmetry.all(try #require(TiltPattern(pattern)))
    let probe = EmulatorInput(SIMD8(3, -2, 5, 1, -2, 1, 0, 0))
    for imageClass in ImageClass.allCases {
      let processes = try Self.processes(
        points, [.init(amplitude: 1, noiseRatio: 1e-4, values: points.map(Self.function))], imageClass: imageClass,
        symmetries: symmetries)
      for symmetry in symmetries {
        let sign = imageClass.sign(under: symmetry)
        let (here, there) = (Self.means(processes, at: probe)[0], Self.means(processes, at: symmetry.apply(probe))[0])
        #expect(abs(there - sign * here) < 1e-9)
        #expect(abs(processes.variance(at: symmetry.apply(points[4])) - processes.variance(at: points[4])) < 1e-9)
      }
    }
  }

  @Test("the simplex finds the bottom of a bent valley")
  func simplex() {
    let best = DownhillSimplex(step: 0.5, evaluations: 600, tolerance: 1e-12).minimum(from: [-1.2, 1]) { x in
      100 * pow(x[1] - x[0] * x[0], 2) + pow(1 - x[0], 2)
    }
    #expect(abs(best[0] - 1) < 1e-3 && abs(best[1] - 1) < 1e-3)
  }
}
