// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Emulator
import Foundation
import GlazerCore

struct EmulateTestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Compares emulators with simulations that they have not learnt from.",
    discussion: """
      Wants tests of their families in a store of the same design ('glazer emulate simulate --tests'); those without are passed \
      over. Differences are rms, in per cent of the simulated image's contrast, over thickness, defocus and mistilt. The noise is what \
      the displacements of the tests themselves add; it falls with --test-repeats.

      Example: glazer emulate simulate --store tests --family SrTiO3:---:293 --simulations 0 --tests 2 --test-repeats 4
               glazer emulate test --store tests --emulator tools/emulators/perovskites.safetensors
      """)

  @Option(help: "Folder of the simulations.") var store: String
  @Option(help: "Emulators, from 'glazer emulate fit'.") var emulator = "tools/emulators/perovskites.safetensors"
  @Option(help: "Families to test; by default all that the store has tests of.") var family: [String] = []
  @Option(help: "Write the errors as a table here too (.csv).") var csv: String?
  @Option(help: "Write a copy of the emulators that states these errors.") var output: String?

  func validate() throws { _ = try family.map(CrystalFamily.parsed) }

  func run() async throws {
    try await reportingErrors {
      try WholeFile.check(output, csv, inputs: [emulator])
      let store = try SimulationStore(existing: store)
      let library = try EmulatorLibrary(path: emulator)
      let wanted = try family.map(CrystalFamily.parsed)
      if let missing = wanted.first(where: { !library.families.contains($0) }) {
        _ = try library.emulator(missing)
      }
      var entries = library.entries.filter { entry in
        wanted.isEmpty ? !store.indices(entry.family, .test).isEmpty : wanted.contains(entry.family)
      }
      guard !entries.isEmpty else {
        throw EmulatorError.badDesign(
          what: "tests in \(self.store)", expected: "some of a family in \(emulator)", found: "none")
      }
      // Before anything is measured: a file may hold families of other ranges.
      for entry in entries { try EmulatorTest.check(entry.design, of: entry.family, store: store) }
      let bar = ProgressBar("testing")
      print("difference to unseen simulations, % of contrast")
      for n in entries.indices {
        let family = entries[n].family
        let test = try EmulatorTest(library.emulator(family), store: store)
        let count = Double(entries.count)
        entries[n].errors = try test.run { bar.update((Double(n) + $0) / count, note: "(\(family))") }
        print(EmulatorErrorText.line(entries[n]))
      }
      bar.finish()
      if let csv { try WholeFile.write(EmulatorErrorText.csv(entries).utf8, path: csv) }
      guard let output else { return }
      let errors = Dictionary(entries.map { ($0.family, $0.errors) }) { $1 }.compactMapValues(\.self)
      try library.write(testErrors: errors, path: output)
      print("\(output): \(library.families.count) families")
    }
  }
}
