// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Testing

@testable import Emulator

/// Sixty coefficients of sixty samples: noise of variance 1 in each, and in some of them one function of the state.
@Suite("Components of what is learnt")
struct LearntComponentsTests {
  private static let count = 60
  private static let points = ProcessTests.points(60)

  /// A function of p, a little of it in every coefficient.
  private static func function(_ point: EmulatorInput) -> Double {
    3 * sin(point.vector[0] / 6) / Double(count).squareRoot()
  }

  private static func group(
    hasFunction: Bool, seed: UInt64, imageClass: ImageClass = .even
  ) throws -> ComponentGroup {
    var random = SeededRandom(seed: seed)
    let values = (0..<count).map { _ in
      points.map { (hasFunction ? function($0) : 0) + 0.3 * random.gaussian() }
    }
    let processes = try MarginalLikelihood(
      points: points, values: values, symmetries: [CrystalSymmetry.all(.outOfPhase)[0]], imageClass: imageClass,
      pairCorrelation: 0, isMostlyNoise: true
    ).fit()
    let cores = (0..<count).map { n in (0..<count).map { Float($0 == n ? 1 : 0) } }
    return ComponentGroup(imageClass: imageClass, cores: cores, processes: processes)
  }

  /// The core that a group makes at a state.
  private static func core(_ groups: [ComponentGroup], at point: EmulatorInput) -> [Double] {
    var result = [Double](repeating: 0, count: count)
    for group in groups {
      var row = [Double](repeating: 0, count: group.processes.covariance.kernel.paddedCount)
      var means = [Double](repeating: 0, count: group.cores.count)
      group.processes.means(at: point, row: &row, into: &means)
      for (core, factor) in zip(group.cores, means) { for n in core.indices { result[n] += factor * Double(core[n]) } }
    }
    return result
  }

  private static func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  }

  @Test("all of them make what the processes make; two of sixty nearly so, and nearer to the truth than noise")
  func fewHoldAll() throws {
    let all = try Self.group(hasFunction: true, seed: 1)
    let whole = try LearntComponents([all], limit: 100).groups
    let two = try LearntComponents([all], limit: 2).groups
    #expect(two[0].cores.count == 2)
    var (lost, off, size) = (0.0, 0.0, 0.0)
    for point in ProcessTests.points(20, skipping: 400) {
      let expected = Self.core([all], at: point)
      // Directions with less than a ten-millionth of the variance are rounding and left out: of functions of size 3, 0.001 each.
      #expect(Self.distance(Self.core(whole, at: point), expected) < 0.01)
      let truth = [Double](repeating: Self.function(point), count: Self.count)
      lost += pow(Self.distance(Self.core(two, at: point), expected), 2)
      off += pow(Self.distance(Self.core(two, at: point), truth), 2)
      size += truth.reduce(0) { $0 + $1 * $1 }
    }
    print("two components: \(lost / size) of the square lost, \(off / size) off the truth")
    #expect(lost < 0.03 * size && off < 0.2 * size)
  }

  @Test("the strongest are kept over all groups, orthonormal, and what is noise alone has none")
  func choice() throws {
    let odd = ImageClass.allCases[1]
    let groups = try LearntComponents(
      [Self.group(hasFunction: false, seed: 2), Self.group(hasFunction: true, seed: 3, imageClass: odd)], limit: 5
    ).groups
    #expect(groups.map(\.imageClass) == [odd])
    #expect(groups[0].cores.count == 5 && groups[0].processes.members.count == 5)
    for (a, first) in groups[0].cores.enumerated() {
      for (b, second) in groups[0].cores.enumerated() {
        let product = zip(first, second).reduce(Float(0)) { $0 + $1.0 * $1.1 }
        #expect(abs(product - (a == b ? 1 : 0)) < 1e-3)
      }
    }
  }
}
