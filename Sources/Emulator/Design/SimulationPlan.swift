// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Multislice

/// Part K of N of a work list, so that N programs share it without talking to each other.
public struct Shard: Sendable, Hashable {
  /// From 1 to `count`.
  public let number: Int
  public let count: Int

  public init?(number: Int, count: Int) {
    guard count > 0, count <= 100_000, (1...count).contains(number) else { return nil }
    self.init(unchecked: number, of: count)
  }

  private init(unchecked number: Int, of count: Int) { (self.number, self.count) = (number, count) }

  /// From "K/N"; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]) else { return nil }
    self.init(number: number, count: count)
  }

  public static let whole = Shard(unchecked: 1, of: 1)

  public func takes(_ position: Int) -> Bool { position % count == number - 1 }
}

/// The simulations that some families want, in an order that serves all of them early.
public struct SimulationPlan: Sendable {
  public var families: [CrystalFamily]
  /// To learn from, of each family.
  public var simulations: Int
  /// To test with, of each family.
  public var tests: Int

  public init(families: [CrystalFamily], simulations: Int, tests: Int) {
    (self.families, self.simulations, self.tests) = (families, simulations, tests)
  }

  /// Runs of a test simulation with other displacements: half of them for each of two independent means.
  static let testRuns = 6

  public var items: [SimulationItem] {
    (0..<max(simulations, tests)).flatMap { index in
      families.flatMap { family in
        (index < simulations ? [SimulationItem(family: family, index: index, isTest: false)] : [])
          + (index < tests ? [SimulationItem(family: family, index: index, isTest: true)] : [])
      }
    }
  }

  /// Makes what `shard` has to make and the store does not hold yet; returns how many that were. `progress` hears the
  /// finished share and a note.
  public func run(
    store: SimulationStore, shard: Shard = .whole, threads: Int, progress: @escaping @Sendable (Double, String) -> Void
  ) throws(EmulatorError) -> Int {
    for family in families { _ = try FamilySimulator(design: store.design, family: family) }
    let mine = items.enumerated().filter { shard.takes($0.offset) }.map(\.element)
    let open = mine.filter { !FileManager.default.fileExists(atPath: store.path($0)) }
    for (n, item) in open.enumerated() {
      let note = "\(item.family), \(item.isTest ? "test " : "")\(item.index), \(n + 1) of \(open.count)"
      let simulator = try FamilySimulator(design: store.design, family: item.family)
      let report: @Sendable (Double) -> Void = { progress((Double(n) + $0) / Double(open.count), note) }
      if item.isTest {
        try store.save(
          EmulatorTestStates(simulator).simulate(item.index, threads: threads, progress: report), as: item,
          layout: simulator.layout)
      } else {
        let spectra = simulator.spectra(
          store.design.point(item.index), thicknessesNm: simulator.thicknessesNm, defociA: store.design.defociA,
          threads: threads, progress: report)
        try store.save(spectra, as: item, layout: simulator.layout)
      }
    }
    return open.count
  }
}
