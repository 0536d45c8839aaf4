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
    store: SimulationStore, family: CrystalFamily, components: Int, differenceComponents: Int = 16, threads: Int,
    simulations: Int? = nil
  ) {
    self.store = store
    self.family = family
    self.simulations = simulations
    var limits = CompressionLimits()
    limits.components = components
    limits.differenceComponents = differenceComponents
    self.limits = limits
    self.threads = max(1, threads)
  }

  /// Fewest simulations that anything can be learnt from.
  static let fewestSimulations = 8

  /// How much of the noise in what displacements add the two views of one simulation share: nearly all, for the
  /// displacements are the same and mistilts are small.
  static let pairCorrelation = 0.95

  /// Where there are mean waves (`ThermalMotion.Treatment.meanWave`), they are emulated with many components: they have no
  /// noise. What the displacements add to them at the same states is noisy but simple, so few components and all
  /// simulations together find it. The sum of both is the emulator. Cost: some hundred eigenvalue problems of as many rows
  /// as there are views, for each class.
  public func run(progress: @escaping @Sendable (Progress) -> Void) throws(EmulatorError) -> Emulator {
    let simulator = try FamilySimulator(design: store.design, family: family)
    let layout = simulator.amplitudeLayout
    let all = store.indices(family, .learning)
    let numbers = simulations.map { Array(all.prefix($0)) } ?? all
    guard numbers.count >= Self.fewestSimulations else {
      throw .badDesign(
        what: "simulations of \(family) in \(store.folder)", expected: "at least \(Self.fewestSimulations)",
        found: "\(numbers.count)")
    }
    let meanNumbers = store.indices(family, .meanWave)
    let total = numbers.count + meanNumbers.count
    var set = try DesignImages(store: store, simulator: simulator, kind: .learning, numbers: numbers) {
      progress(.reading(index: $0, of: total))
    }
    let nodes = simulator.thicknessesNm.count * store.design.defocusNodes
    let contrast = ImageModes.contrasts(set.images, samples: set.points.count, nodes: nodes, layout: layout)
    ImageModes.scale(&set.images, samples: set.points.count, contrast: contrast, layout: layout)
    func modes(_ set: DesignImages) throws(EmulatorError) -> ImageModes {
      try ImageModes(
        of: set.images, samples: set.points.count, contrast: contrast, thicknessCount: simulator.thicknessesNm.count,
        defocusCount: store.design.defocusNodes, layout: layout, limits: limits)
    }
    let fields: [(search: ComponentSearch, points: [EmulatorInput], pairCorrelation: Double)]
    let found: ImageModes
    if meanNumbers.count < Self.fewestSimulations {
      found = try modes(set)
      let search = try ComponentSearch(
        images: set.images, modes: found, samples: set.points.count, limit: limits.components)
      fields = [(search, set.points, family.temperatureK == nil ? 0 : Self.pairCorrelation)]
    } else {
      var waves = try DesignImages(store: store, simulator: simulator, kind: .meanWave, numbers: meanNumbers) {
        progress(.reading(index: numbers.count + $0, of: total))
      }
      ImageModes.scale(&waves.images, samples: waves.points.count, contrast: contrast, layout: layout)
      found = try modes(waves)
      let both = zip(numbers, meanNumbers).prefix { $0 == $1 }.count
      let (difference, points) = set.minus(waves, simulations: both)
      fields = [
        (
          try ComponentSearch(
            images: waves.images, modes: found, samples: waves.points.count, limit: limits.components),
          waves.points, 0
        ),
        (
          try ComponentSearch(
            images: difference, modes: found, samples: points.count, limit: limits.differenceComponents),
          points, Self.pairCorrelation
        ),
      ]
    }
    let jobs = fields.flatMap { field in
      ImageClass.allCases.compactMap { ClassJob(field.search, field.points, field.pairCorrelation, $0) }
    }
    let groups = try fitProcesses(jobs, simulator: simulator, progress: progress)
    let mean = fields.dropFirst().reduce(fields[0].search.mean) { sum, field in
      zip(sum, field.search.mean).map { $0 + $1 }
    }
    func emulator(_ errors: EmulatorTestErrors?) throws(EmulatorError) -> Emulator {
      try Emulator(
        family: family, design: store.design, modes: found, mean: mean, groups: groups,
        simulationCount: numbers.count, meanWaveCount: fields.count > 1 ? meanNumbers.count : 0, testErrors: errors)
    }
    let tests = store.indices(family, .test)
    guard !tests.isEmpty else { return try emulator(nil) }
    let errors = try EmulatorTest(emulator: try emulator(nil), store: store).run(tests) {
      progress(.testing(index: $0, of: tests.count))
    }
    return try emulator(errors)
  }

  /// The components of one class of one field.
  private struct ClassJob {
    let imageClass: ImageClass
    let points: [EmulatorInput]
    let pairCorrelation: Double
    let candidates: [ComponentSearch.Candidate]

    init?(
      _ search: ComponentSearch, _ points: [EmulatorInput], _ pairCorrelation: Double, _ imageClass: ImageClass
    ) {
      (self.imageClass, self.points, self.pairCorrelation) = (imageClass, points, pairCorrelation)
      candidates = search.components.filter { $0.imageClass == imageClass }
      if candidates.isEmpty { return nil }
    }
  }

  private func fitProcesses(
    _ jobs: [ClassJob], simulator: FamilySimulator, progress: @escaping @Sendable (Progress) -> Void
  ) throws(EmulatorError) -> [ComponentGroup] {
    let symmetries = CrystalSymmetry.all(simulator.pattern)
    let fitted = FittedProcesses(count: jobs.count)
    DispatchQueue.concurrentPerform(iterations: threads) { worker in
      for n in stride(from: worker, to: jobs.count, by: threads) {
        progress(.fitting(component: n, of: jobs.count))
        let job = jobs[n]
        let likelihood = MarginalLikelihood(
          points: job.points, values: job.candidates.map(\.coefficients), symmetries: symmetries,
          imageClass: job.imageClass, pairCorrelation: job.pairCorrelation)
        fitted.store(Result { () throws(EmulatorError) in try likelihood.fit() }, at: n)
      }
    }
    var groups: [ComponentGroup] = []
    for (n, job) in jobs.enumerated() {
      guard let processes = try fitted[n]?.get() else { continue }
      groups.append(
        ComponentGroup(imageClass: job.imageClass, cores: job.candidates.map(\.core), processes: processes))
    }
    return groups
  }
}

/// Results of several threads, each under its own number.
private final class FittedProcesses: @unchecked Sendable {
  typealias Entry = Result<CoefficientProcesses, EmulatorError>

  private let lock = NSLock()
  private var entries: [Entry?]

  init(count: Int) { entries = Array(repeating: nil, count: count) }

  func store(_ entry: Entry, at index: Int) {
    lock.lock()
    entries[index] = entry
    lock.unlock()
  }

  subscript(index: Int) -> Entry? { entries[index] }
}
