// SPDX-License-Identifier: GPL-3.0-or-later
import Dispatch
import Foundation
import Multislice

/// Makes the emulator of one family from the simulations in a store: compresses the images, finds the components, fits a
/// process to each, tests on simulations kept apart.
public struct EmulatorFit: Sendable {
  public enum Progress: Sendable {
    case reading(index: Int, of: Int)
    case fitting(component: Int, of: Int)
    case testing(index: Int, of: Int)
  }

  let store: SimulationStore
  let family: CrystalFamily
  let limits: CompressionLimits
  let threads: Int
  /// Uses the first this many simulations only; nil uses all.
  let simulations: Int?

  public init(
    store: SimulationStore, family: CrystalFamily, components: Int, threads: Int, simulations: Int? = nil
  ) {
    self.store = store
    self.family = family
    self.simulations = simulations
    var limits = CompressionLimits()
    limits.components = components
    self.limits = limits
    self.threads = max(1, threads)
  }

  /// Fewest simulations that anything can be learnt from.
  static let fewestSimulations = 8

  /// Cost: components · 60 · (2 simulations)³.
  public func run(progress: @escaping @Sendable (Progress) -> Void) throws(EmulatorError) -> Emulator {
    let simulator = try FamilySimulator(design: store.design, family: family)
    let layout = simulator.amplitudeLayout
    let all = store.indices(family, tests: false)
    let numbers = simulations.map { Array(all.prefix($0)) } ?? all
    guard numbers.count >= Self.fewestSimulations else {
      throw .badDesign(
        what: "simulations of \(family) in \(store.folder)", expected: "at least \(Self.fewestSimulations)",
        found: "\(numbers.count)")
    }
    var set = try DesignImages(store: store, simulator: simulator, numbers: numbers) {
      progress(.reading(index: $0, of: numbers.count))
    }
    let modes = try ImageModes(
      scaling: &set.images, samples: set.points.count, thicknessCount: simulator.thicknessesNm.count,
      defocusCount: store.design.defocusNodes, layout: layout, limits: limits)
    let found = try ComponentSearch(
      cores: ImageClass.allCases.map { modes.cores(set.images[$0.rawValue], samples: set.points.count, $0) },
      modes: modes, samples: set.points.count, limit: limits.components)
    let components = try fitProcesses(found, points: set.points, simulator: simulator, progress: progress)
    func emulator(_ errors: EmulatorTestErrors?) throws(EmulatorError) -> Emulator {
      try Emulator(
        family: family, design: store.design, modes: modes, mean: found.mean, components: components,
        simulationCount: numbers.count, testErrors: errors)
    }
    let tests = store.indices(family, tests: true)
    guard !tests.isEmpty else { return try emulator(nil) }
    let errors = try EmulatorTest(emulator: try emulator(nil), store: store).run(tests) {
      progress(.testing(index: $0, of: tests.count))
    }
    return try emulator(errors)
  }

  private func fitProcesses(
    _ found: ComponentSearch, points: [EmulatorInput], simulator: FamilySimulator,
    progress: @escaping @Sendable (Progress) -> Void
  ) throws(EmulatorError) -> [EmulatorComponent] {
    let symmetries = CrystalSymmetry.all(simulator.pattern)
    let fitted = FittedProcesses(count: found.components.count)
    DispatchQueue.concurrentPerform(iterations: threads) { worker in
      for c in stride(from: worker, to: found.components.count, by: threads) {
        progress(.fitting(component: c, of: found.components.count))
        let candidate = found.components[c]
        let kernel = SymmetricKernel(symmetries: symmetries, imageClass: candidate.imageClass)
        fitted.store(MarginalLikelihood.fit(points: points, values: candidate.coefficients, kernel: kernel), at: c)
      }
    }
    var components: [EmulatorComponent] = []
    for (c, candidate) in found.components.enumerated() {
      guard let process = fitted[c] else { throw .notPositiveDefinite(component: c) }
      components.append(EmulatorComponent(imageClass: candidate.imageClass, core: candidate.core, process: process))
    }
    return components
  }
}

/// Results of several threads, each under its own number.
private final class FittedProcesses: @unchecked Sendable {
  private let lock = NSLock()
  private var processes: [GaussianProcess?]

  init(count: Int) { processes = Array(repeating: nil, count: count) }

  func store(_ process: GaussianProcess?, at index: Int) {
    lock.lock()
    processes[index] = process
    lock.unlock()
  }

  subscript(index: Int) -> GaussianProcess? { processes[index] }
}
