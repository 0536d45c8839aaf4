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
    /// Finished share.
    case testing(Double)
  }

  let store: SimulationStore
  let family: CrystalFamily
  let limits: CompressionLimits
  let differenceComponents: Int
  let threads: Int
  /// Uses the first this many simulations only; nil uses all.
  let simulations: Int?

  public init(
    store: SimulationStore, family: CrystalFamily, components: Int,
    differenceComponents: Int = usualDifferenceComponents, threads: Int, simulations: Int? = nil
  ) {
    self.store = store
    self.family = family
    self.simulations = simulations
    var limits = CompressionLimits()
    limits.components = components
    self.limits = limits
    self.differenceComponents = differenceComponents
    self.threads = max(1, threads)
  }

  /// Of more than these the first are learnt from: every view of a simulation is a row of the covariances.
  public static let mostSimulations = EmulatorTensors.mostPoints / FamilySimulator.viewCount(isMeanWave: false)
  public static let mostMeanWaves = EmulatorTensors.mostPoints / FamilySimulator.viewCount(isMeanWave: true)

  /// Fewest simulations that anything can be learnt from.
  static let fewestSimulations = 8

  /// Of what the displacements add.
  public static let usualDifferenceComponents = 64

  /// How much of the noise in what displacements add the two views of one simulation share: nearly all, for the
  /// displacements are the same and mistilts are small.
  static let pairCorrelation = 0.95

  /// Where there are mean waves (`ThermalMotion.Treatment.meanWave`), they are emulated with many components: they have no
  /// noise. What the displacements add to them is noisy, so all simulations together find it (`DisplacementField`). The sum of
  /// both is the emulator. Cost: some hundred eigenvalue problems of as many rows as there are views, for each class.
  public func run(progress: @escaping @Sendable (Progress) -> Void) throws(EmulatorError) -> Emulator {
    let simulator = try FamilySimulator(design: store.design, family: family)
    let layout = simulator.amplitudeLayout
    let all = store.indices(family, .learning)
    let numbers = Array(all.prefix(min(simulations ?? all.count, Self.mostSimulations)))
    guard numbers.count >= Self.fewestSimulations else {
      throw .badDesign(
        what: "simulations of \(family) in \(store.folder)", expected: "at least \(Self.fewestSimulations)",
        found: "\(numbers.count)")
    }
    let meanNumbers = Array(store.indices(family, .meanWave).prefix(Self.mostMeanWaves))
    let hasMeanWaves = meanNumbers.count >= Self.fewestSimulations
    try checkSize(
      simulations: numbers.count, meanWaves: hasMeanWaves ? meanNumbers.count : 0, classes: layout.classes.count)
    let total = numbers.count + (hasMeanWaves ? meanNumbers.count : 0)
    var set = try DesignImages(store: store, simulator: simulator, kind: .learning, numbers: numbers) {
      progress(.reading(index: $0, of: total))
    }
    let nodes = simulator.thicknessesNm.count * store.design.defocusNodes
    let contrast = ImageModes.contrasts(set.images, samples: set.points.count, nodes: nodes, layout: layout)
    ImageModes.scale(&set.images, samples: set.points.count, contrast: contrast, layout: layout)
    var waves: DesignImages?
    if hasMeanWaves {
      var read = try DesignImages(store: store, simulator: simulator, kind: .meanWave, numbers: meanNumbers) {
        progress(.reading(index: numbers.count + $0, of: total))
      }
      ImageModes.scale(&read.images, samples: read.points.count, contrast: contrast, layout: layout)
      waves = read
    }
    let clean = waves ?? set
    let modes = try ImageModes(
      of: clean.images, samples: clean.points.count, contrast: contrast, thicknessCount: simulator.thicknessesNm.count,
      defocusCount: store.design.defocusNodes, layout: layout, limits: limits)
    let search = try ComponentSearch(
      images: clean.images, modes: modes, samples: clean.points.count, limits: limits)
    var mean = search.mean
    var groups = try fitProcesses(
      search, clean.points, pairCorrelation: waves != nil || family.temperatureK == nil ? 0 : Self.pairCorrelation,
      simulator: simulator, progress: progress)
    if let waves {
      let field = DisplacementField(set: set, waves: waves, modes: modes, mean: mean, groups: groups)
      let search = try ComponentSearch(
        cores: field.cores, modes: modes, samples: set.points.count, limit: .max)
      mean = zip(mean, search.mean).map { $0 + $1 }
      let learnt = try fitProcesses(
        search, set.points, pairCorrelation: Self.pairCorrelation, isMostlyNoise: true, simulator: simulator,
        progress: progress)
      groups += try LearntComponents(
        learnt, limit: differenceComponents,
        discarded: limits.discardedComponents * Double(set.points.count * nodes)
      ).groups
    }
    let emulator = try Emulator(
      family: family, design: store.design, modes: modes, mean: mean, groups: groups, simulationCount: numbers.count,
      meanWaveCount: hasMeanWaves ? meanNumbers.count : 0, testErrors: nil)
    guard !store.indices(family, .test).isEmpty else { return emulator }
    // As a file gives it back, so that what the file costs is in the errors that it states.
    let test = try EmulatorTest(EmulatorTensors.stored(emulator), store: store)
    return try emulator.tested(test.run { progress(.testing($0)) })
  }

  /// Throws, before hours of work, where no program would read the file: every class may have a covariance of its own.
  private func checkSize(simulations: Int, meanWaves: Int, classes: Int) throws(EmulatorError) {
    let (own, waves) = (
      FamilySimulator.viewCount(isMeanWave: false) * simulations,
      FamilySimulator.viewCount(isMeanWave: true) * meanWaves
    )
    let numbers = classes * (own * own + waves * waves)
    guard numbers <= EmulatorTensors.mostCovariances else {
      throw .badDesign(
        what: "numbers in the covariances of \(simulations) simulations and \(meanWaves) mean waves of \(family)",
        expected: "at most \(EmulatorTensors.mostCovariances); use fewer", found: "\(numbers)")
    }
  }

  /// A process for every component, the components of one class sharing points and length scales.
  private func fitProcesses(
    _ search: ComponentSearch, _ points: [EmulatorInput], pairCorrelation: Double, isMostlyNoise: Bool = false,
    simulator: FamilySimulator, progress: @escaping @Sendable (Progress) -> Void
  ) throws(EmulatorError) -> [ComponentGroup] {
    let symmetries = CrystalSymmetry.all(simulator.pattern)
    let classes = ImageClass.allCases.filter { imageClass in
      search.components.contains { $0.imageClass == imageClass }
    }
    let fitted = FittedProcesses(count: classes.count)
    DispatchQueue.concurrentPerform(iterations: threads) { worker in
      for n in stride(from: worker, to: classes.count, by: threads) {
        progress(.fitting(component: n, of: classes.count))
        let own = search.components.filter { $0.imageClass == classes[n] }
        let likelihood = MarginalLikelihood(
          points: points, values: own.map(\.coefficients), symmetries: symmetries, imageClass: classes[n],
          pairCorrelation: pairCorrelation, isMostlyNoise: isMostlyNoise)
        fitted.store(Result { () throws(EmulatorError) in try likelihood.fit() }, at: n)
      }
    }
    var groups: [ComponentGroup] = []
    for (n, imageClass) in classes.enumerated() {
      guard let processes = try fitted[n]?.get() else { continue }
      let cores = search.components.filter { $0.imageClass == imageClass }.map(\.core)
      groups.append(ComponentGroup(imageClass: imageClass, cores: cores, processes: processes))
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
