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
  /// Of the mean wave, of each family with motion.
  public var meanWaves: Int
  /// States to test with, of each family, and how often each is made: more displacements, less noise.
  public var tests: Int
  public var testRepeats: Int

  public init(families: [CrystalFamily], simulations: Int, meanWaves: Int = 0, tests: Int, testRepeats: Int = 1) {
    (self.families, self.simulations, self.meanWaves) = (families, simulations, meanWaves)
    (self.tests, self.testRepeats) = (tests, testRepeats)
  }

  /// Runs of a test simulation with other displacements: half of them for each of two independent means.
  static let testRuns = 6

  public var items: [SimulationItem] {
    (0..<max(simulations, meanWaves, tests)).flatMap { index in
      families.flatMap { family in
        func item(_ kind: SimulationItem.Kind, of count: Int) -> [SimulationItem] {
          index < count ? [SimulationItem(family: family, index: index, kind: kind)] : []
        }
        return item(.learning, of: simulations) + item(.meanWave, of: family.temperatureK == nil ? 0 : meanWaves)
          + item(.test, of: tests)
      }
    }
      + (1..<max(1, testRepeats)).flatMap { again in
        (0..<tests).flatMap { index in
          families.filter { $0.temperatureK != nil }.map {
            SimulationItem(family: $0, index: again * EmulatorDesign.mostTests + index, kind: .test)
          }
        }
      }
  }

  /// Throws where a family cannot be simulated so.
  public func check(_ design: EmulatorDesign) throws(EmulatorError) {
    for family in families { _ = try FamilySimulator(design: design, family: family) }
  }

  /// Makes what `shard` has to make and the store does not hold yet; returns how many that were. `progress` hears the
  /// finished share and a note.
  public func run(
    store: SimulationStore, shard: Shard = .whole, threads: Int, progress: @escaping @Sendable (Double, String) -> Void
  ) throws(EmulatorError) -> Int {
    try check(store.design)
    let mine = items.enumerated().filter { shard.takes($0.offset) }.map(\.element)
    let open = mine.filter { !FileManager.default.fileExists(atPath: store.path($0)) }
    let costs = open.map(\.cost)
    let all = costs.reduce(0, +)
    var done = 0.0
    for (n, item) in open.enumerated() {
      let (before, cost) = (done, costs[n])
      done += cost
      let note =
        "\(item.family), \(item.kind == .learning ? "" : "\(item.kind.rawValue) ")\(item.index), \(n + 1) of \(open.count)"
      let simulator = try FamilySimulator(design: store.design, family: item.family)
      let report: @Sendable (Double) -> Void = { progress((before + $0 * cost) / all, note) }
      switch item.kind {
      case .test:
        try store.save(
          EmulatorTestStates(simulator).simulate(item.index, threads: threads, progress: report), as: item,
          layout: simulator.layout)
      case .learning, .meanWave:
        let spectra = simulator.spectra(
          store.design.point(item.index), isMeanWave: item.kind == .meanWave, thicknessesNm: simulator.thicknessesNm,
          defociA: store.design.defociA,
          threads: threads, progress: report)
        try store.save(spectra, as: item, layout: simulator.layout)
      }
    }
    return open.count
  }
}

extension SimulationItem {
  /// Time that it takes, in simulations to learn from: so that a progress bar keeps its word.
  fileprivate var cost: Double {
    switch kind {
    case .learning: 1
    case .meanWave: 1.3
    case .test: family.temperatureK == nil ? 1 : Double(SimulationPlan.testRuns)
    }
  }
}
