// SPDX-License-Identifier: GPL-3.0-or-later
import Dispatch
import Foundation
import GlazerCore
import Multislice

/// Makes an emulator: runs the design, finds the components, fits a process to each, tests on simulations kept apart.
public struct EmulatorFit: Sendable {
  public enum Progress: Sendable {
    case simulating(index: Int, of: Int, share: Double)
    case fitting(component: Int, of: Int)
    case testing(index: Int, of: Int)
  }

  public var design: SimulationDesign
  public var components: Int
  public var threads: Int
  /// Where finished simulations are kept.
  public var storeFolder: String

  public init(design: SimulationDesign, components: Int, threads: Int, storeFolder: String) {
    self.design = design
    self.components = components
    self.threads = threads
    self.storeFolder = storeFolder
  }

  public func run(progress: @escaping @Sendable (Progress) -> Void) throws(EmulatorError) -> Emulator {
    try checkDesign()
    var design = design
    design.thicknessesNm = try design.wholePeriods(design.thicknessesNm)
    let store = try SimulationStore(folder: storeFolder, design: design)
    var simulations: [[ImageSpectrum]] = []
    let total = design.trainingCount + design.testCount
    for index in 0..<design.trainingCount {
      progress(.simulating(index: index, of: total, share: 0))
      simulations.append(
        try store.simulation("tilt-\(index)", design: design, tilt: design.tilt(index), threads: threads) {
          progress(.simulating(index: index, of: total, share: $0))
        })
    }
    let found = try ImageComponents(simulations: simulations, layout: try design.makeLayout(), count: components)
    let processes = try fitProcesses(found, design: design, progress: progress)
    func emulator(_ errors: EmulatorTestErrors?) throws(EmulatorError) -> Emulator {
      try Emulator(
        design: design, mean: found.mean, components: found.components, processes: processes, testErrors: errors)
    }
    let errors = try EmulatorTest(emulator: try emulator(nil), store: store, threads: threads).run { index in
      progress(.testing(index: index, of: design.testCount))
    }
    return try emulator(errors)
  }

  private func checkDesign() throws(EmulatorError) {
    guard (4...2000).contains(design.trainingCount), (1...500).contains(design.testCount) else {
      throw .badDesign(
        what: "number of simulations", expected: "4 to 2000 to learn from, 1 to 500 to test with",
        found: "\(design.trainingCount) and \(design.testCount)")
    }
    for (what, nodes, limits) in [
      ("thickness nodes (nm)", design.thicknessesNm, 0.5...100.0), ("defocus nodes (Å)", design.defociA, -500...500.0),
    ] {
      let isAscending = zip(nodes, nodes.dropFirst()).allSatisfy { $0 < $1 }
      guard !nodes.isEmpty, nodes.count <= 32, isAscending, nodes.allSatisfy(limits.contains) else {
        throw .badDesign(what: what, expected: "1 to 32 rising values in \(limits)", found: "\(nodes)")
      }
    }
  }

  /// Every simulation stands for the four that the mirrors make of it: their coefficients differ by a sign at most.
  private func fitProcesses(
    _ found: ImageComponents, design: SimulationDesign, progress: @escaping @Sendable (Progress) -> Void
  ) throws(EmulatorError) -> [GaussianProcess] {
    let points = (0..<design.trainingCount).flatMap { index in
      TiltSymmetry.allCases.map { symmetry in
        let tilt = symmetry.apply(design.tilt(index))
        return SIMD3(tilt.p, tilt.q, tilt.r)
      }
    }
    let fitted = FittedProcesses(count: found.components.count)
    DispatchQueue.concurrentPerform(iterations: max(1, threads)) { worker in
      for c in stride(from: worker, to: found.components.count, by: max(1, threads)) {
        progress(.fitting(component: c, of: found.components.count))
        let mirror = found.components[c].mirror
        let values = found.coefficients[c].flatMap { value in
          TiltSymmetry.allCases.map { mirror.sign(under: $0) * value }
        }
        fitted.store(MarginalLikelihood.fit(points: points, values: values), at: c)
      }
    }
    var processes: [GaussianProcess] = []
    for c in found.components.indices {
      guard let process = fitted[c] else { throw .notPositiveDefinite(component: c) }
      processes.append(process)
    }
    return processes
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
