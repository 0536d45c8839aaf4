// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Emulator
import Foundation

struct EmulateFitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Simulates a design of tilts and fits an emulator to it.",
    discussion: """
      Sobol points in the tilt cube, folded by the mirrors of the projected lattice, each simulated at every thickness and \
      defocus node. Finished simulations are kept in OUTPUT.design and found again after an interruption. The emulator is \
      tested on further simulations that it does not learn from.

      Example: glazer emulate fit --output tools/emulators/srtio3.safetensors
      """)

  @Option(help: "Material.") var material = "SrTiO3"
  @Option(help: "Simulations to learn from.") var simulations = 96
  @Option(help: "Further simulations to test with.") var tests = 6
  @Option(help: "Principal components.") var components = 64
  @Option(help: "Thickness nodes, nm (rounded to whole periods).") var thickness = NumberList([
    4, 5, 6, 7.2, 8.3, 9.4, 10.5, 11.6, 12.7, 13.8, 14.9, 16,
  ])
  @Option(help: "Defocus nodes, Å; positive is underfocus.") var defocus = NumberList([
    -40, -30, -20, -10, 0, 10, 20, 30, 40,
  ])
  @Option(help: "Points of the Brillouin-zone mesh along x and y.") var mesh = NumberList([6, 4])
  @Option(help: "Threads.") var threads = ProcessInfo.processInfo.activeProcessorCount
  @Option(help: "Where to write the emulator.") var output: String

  func run() async throws {
    try await reportingErrors {
      var design = SimulationDesign()
      design.material = material
      design.trainingCount = simulations
      design.testCount = tests
      design.thicknessesNm = thickness.values
      design.defociA = defocus.values
      let points = try mesh.integers(2, in: 1...32, option: "--mesh")
      (design.meshX, design.meshY) = (points[0], points[1])
      guard (1...256).contains(components) else { throw ValidationError("--components takes 1 to 256") }
      let fit = EmulatorFit(
        design: design, components: components, threads: max(1, min(threads, 64)), storeFolder: output + ".design")
      let simulating = ProgressBar("simulating")
      let emulator = try fit.run { progress in
        switch progress {
        case .simulating(let index, let total, let share):
          simulating.update((Double(index) + share) / Double(total), note: "(\(index) of \(total))")
        case .fitting(let component, let total):
          if component == 0 { FileHandle.standardError.write(Data("fitting \(total) components\n".utf8)) }
        case .testing(let index, let total):
          let share = Double(simulations + index) / Double(simulations + total)
          simulating.update(share, note: "(test \(index) of \(total))")
        }
      }
      simulating.update(1)
      simulating.finish()
      try emulator.write(path: output)
      if let errors = emulator.testErrors {
        func percent(_ x: Double) -> String { String(format: "%.2f %%", x) }
        print("\(output): difference to \(errors.simulations) unseen simulations, of contrast")
        print("  at the nodes       median \(percent(errors.medianPercent)), worst \(percent(errors.worstPercent))")
        let median = percent(errors.medianBetweenNodesPercent)
        print("  between the nodes  median \(median), worst \(percent(errors.worstBetweenNodesPercent))")
      }
    }
  }
}
