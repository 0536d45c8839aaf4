// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Emulator
import Foundation
import GlazerCore

struct EmulateFitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Fits emulators to simulations.",
    discussion: """
      Reads a store that 'glazer emulate simulate' has filled, whole or in shards, fits an emulator for every family in \
      it, tests each on simulations that it does not learn from, and writes all into one file.

      Example: glazer emulate fit --store sims --output perovskites.safetensors
      One family more: glazer emulate fit --store more --family LaMnO3:---:293 --into perovskites.safetensors --output all.safetensors
      """)

  @Option(help: "Folder of the simulations.") var store: String
  @Option(help: "Families to fit, in this order; by default all that have at least 8 simulations.")
  var family: [String] = []
  @Option(help: "Simulations to use of each family, from the first; all by default.") var simulations: Int?
  @Option(help: "Principal components of each (of the mean wave, where there is one).") var components = 256
  @Option(help: "Principal components of what is learnt of the displacements' share, beside the mean wave.")
  var differenceComponents = EmulatorFit.usualDifferenceComponents
  @Option(help: "Threads.") var threads = ThreadCount.usual
  @Option(help: "Emulators to keep, all but the families that are fitted: these take their places or follow.")
  var into: String?
  @Option(help: "Write the errors of each family of the output as a table here too (.csv).") var csv: String?
  @Option(help: "Where to write the emulators.") var output: String

  func validate() throws {
    try ThreadCount.check(threads)
    guard (1...256).contains(components), (1...256).contains(differenceComponents) else {
      throw ValidationError("--components and --difference-components take 1 to 256")
    }
    if let simulations, simulations < 1 { throw ValidationError("--simulations takes 1 or more") }
    _ = try family.map(CrystalFamily.parsed)
  }

  func run() async throws {
    try await reportingErrors {
      // The file whose families are taken along may be the output: it is read before.
      try WholeFile.check(output, csv)
      let store = try SimulationStore(existing: store)
      let base = try into.map(EmulatorLibrary.init(path:))
      try base?.check(store.design)
      let families = family.isEmpty ? store.families() : try family.map(CrystalFamily.parsed)
      let bar = ProgressBar("fitting")
      var emulators: [Emulator] = []
      print("difference to unseen simulations, % of contrast")
      for (n, family) in families.enumerated() {
        let fit = EmulatorFit(
          store: store, family: family, components: components, differenceComponents: differenceComponents,
          threads: threads, simulations: simulations)
        let emulator = try fit.run { progress in
          let share =
            switch progress {
            case .reading(let index, let total): 0.2 * Double(index) / Double(total)
            case .fitting(let index, let total): 0.2 + 0.7 * Double(index) / Double(total)
            case .testing(let share): 0.9 + 0.1 * share
            }
          bar.update((Double(n) + share) / Double(families.count), note: "(\(family))")
        }
        emulators.append(emulator)
        print(EmulatorErrorText.line(EmulatorLibrary.Entry(emulator)))
      }
      bar.finish()
      guard !emulators.isEmpty else {
        throw EmulatorError.badDesign(
          what: "families in \(self.store)", expected: "one with at least 8 simulations", found: "none")
      }
      try EmulatorLibrary.write(emulators, into: base, path: output)
      let library = try EmulatorLibrary(path: output)
      if let csv { try WholeFile.write(EmulatorErrorText.csv(library.entries).utf8, path: csv) }
      print("\(output): \(library.families.count) families")
    }
  }
}
