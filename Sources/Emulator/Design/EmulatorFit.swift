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
    // Nodes at whole periods of the crystal: every node ends in the same layer, so that interpolation is smooth.
    let period = try design.makeSimulation(.zero).cell.lengthsA.z
    design.thicknessesNm = design.thicknessesNm.map { max(1, ($0 * 10 / period).rounded()) * period / 10 }
    let store = try SimulationStore(folder: storeFolder, design: design)
    let layout = SpectrumLayout(maximum: try design.makeSimulation(.zero).largestHarmonic)
    let nodes = design.thicknessesNm.count * design.defociA.count
    let dimension = nodes * layout.count

    var vectors: [Float] = []
    var points: [SIMD3<Double>] = []
    for index in 0..<design.trainingCount {
      let tilt = design.tilt(index)
      let name = "tilt-\(index)"
      let total = design.trainingCount + design.testCount
      progress(.simulating(index: index, of: total, share: 0))
      let own: [Float]
      if let stored = store.load(name, count: dimension) {
        own = stored
      } else {
        let spectra = try design.simulate(tilt, threads: threads) {
          progress(.simulating(index: index, of: total, share: $0))
        }
        own = spectra.flatMap { $0.flatMap(layout.vector) }
        try store.save(own, name: name)
      }
      // Every simulation stands for the four that the mirrors make of it.
      for symmetry in TiltSymmetry.allCases {
        let turned = symmetry.apply(tilt)
        points.append(SIMD3(turned.p, turned.q, turned.r))
        vectors += layout.mirrored(own, by: symmetry)
      }
    }

    let pca = try PrincipalComponents(vectors, dimension: dimension, components: components)
    let processes = try fitProcesses(pca, points: points, progress: progress)
    let bare = try Emulator(
      design: design, layout: layout, mean: pca.mean, basis: pca.basis, processes: processes, testErrors: nil)
    let errors = try EmulatorTest(emulator: bare, store: store, threads: threads).run { index in
      progress(.testing(index: index, of: design.testCount))
    }
    return try Emulator(
      design: design, layout: layout, mean: pca.mean, basis: pca.basis, processes: processes, testErrors: errors)
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

  private func fitProcesses(
    _ pca: PrincipalComponents, points: [SIMD3<Double>], progress: @escaping @Sendable (Progress) -> Void
  ) throws(EmulatorError) -> [GaussianProcess] {
    let fitted = FittedProcesses(count: pca.count)
    let n = points.count
    DispatchQueue.concurrentPerform(iterations: max(1, threads)) { worker in
      for c in stride(from: worker, to: pca.count, by: max(1, threads)) {
        progress(.fitting(component: c, of: pca.count))
        let values = (0..<n).map { pca.coefficients[$0 * pca.count + c] }
        fitted.store(MarginalLikelihood.fit(points: points, values: values), at: c)
      }
    }
    var processes: [GaussianProcess] = []
    for c in 0..<pca.count {
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
