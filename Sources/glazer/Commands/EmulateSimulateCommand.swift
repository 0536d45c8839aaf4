// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Emulator
import Foundation

struct EmulateSimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Makes the simulations that emulators are fitted to.",
    discussion: """
      Fills a store, a folder, with simulations at Sobol points in tilt, mistilt and starting layer, each at every \
      thickness and defocus. What is there is not made again, so an interrupted run goes on where it was. With --shard \
      K/N it makes every N-th: run N of them anywhere, with one shared folder or with folders that are copied into one, \
      then 'glazer emulate fit'. tools/scale-out/simulate.slurm does that on a cluster.

      Example: glazer emulate simulate --store sims --family SrTiO3:---:293 --simulations 64 --tests 4
      On four cores: parallel -j 4 glazer emulate simulate --store sims --family SrTiO3:---:293 --threads 1 --shard {}/4 ::: 1 2 3 4
      """)

  @Option(help: "Folder of the simulations.") var store: String
  @Option(help: "Crystals, MATERIAL:PATTERN:KELVIN or MATERIAL:PATTERN:static; may be given several times.")
  var family: [String] = ["SrTiO3:---:293"]
  @Option(help: "Simulations to learn from, of each family.") var simulations = 64
  @Option(help: "Simulations of the mean wave to learn from, of each family with motion.") var meanWaves = 0
  @Option(help: "Further states to test with, of each family.") var tests = 2
  @Option(help: "Simulations of each of those states with displacements of their own, six runs each.")
  var testRepeats = 1
  @Option(help: "Make part K of N only: K/N.") var shard = "1/1"
  @Option(help: "Acceleration voltage, kV.") var voltage = 200.0
  @Option(help: "Convergence semi-angle, mrad.") var semiangle = 30.0
  @Option(help: "Inner and outer angle of the detector, mrad.") var detector = NumberList([11, 30])
  @Option(help: "Thickness range, nm.") var thickness = NumberList([4, 20])
  @Option(help: "Largest defocus, Å.") var defocus = 40.0
  @Option(help: "Largest mistilt along x and along y, mrad.") var mistilt = 3.0
  @Option(help: "Largest rotation, degrees.") var tilt = 10.5
  @Option(help: "Points of the Brillouin-zone mesh along x and y.") var mesh = NumberList([4, 3])
  @Option(help: "Threads.") var threads = ThreadCount.usual

  func validate() throws {
    try ThreadCount.check(threads)
    _ = try families()
    _ = try part()
    guard (0...EmulatorFit.mostSimulations).contains(simulations), (0...EmulatorFit.mostMeanWaves).contains(meanWaves),
      (0..<EmulatorDesign.mostTests).contains(tests), (1...16).contains(testRepeats),
      simulations + meanWaves + tests > 0
    else {
      throw ValidationError(
        "--simulations takes 0 to \(EmulatorFit.mostSimulations), --mean-waves 0 to \(EmulatorFit.mostMeanWaves), "
          + "--tests 0 to 999, not all 0, --test-repeats 1 to 16")
    }
  }

  func run() async throws {
    try await reportingErrors {
      var design = EmulatorDesign()
      let angles = try detector.numbers(2, in: 0...200, option: "--detector")
      (design.voltageKV, design.semiangleMrad) = (voltage, semiangle)
      (design.innerMrad, design.outerMrad) = (angles[0], angles[1])
      design.thicknessNm = thickness.values
      design.defocusLimitA = defocus
      design.mistiltLimitMrad = mistilt
      design.tiltLimitDegrees = tilt
      let points = try mesh.integers(2, in: 1...32, option: "--mesh")
      (design.meshX, design.meshY) = (points[0], points[1])
      let plan = SimulationPlan(
        families: try families(), simulations: simulations, meanWaves: meanWaves, tests: tests,
        testRepeats: testRepeats)
      // Before a store of that design would stand in the way of another.
      try plan.check(design)
      let store = try SimulationStore(folder: store, design: design)
      let bar = ProgressBar("simulating")
      let made = try plan.run(store: store, shard: try part(), threads: threads) { share, note in
        bar.update(share, note: "(\(note))")
      }
      bar.finish()
      print("\(self.store): \(made) simulations made, the others were there")
    }
  }

  private func families() throws -> [CrystalFamily] { try family.map(CrystalFamily.parsed) }

  private func part() throws -> Shard {
    guard let part = Shard(shard) else {
      throw ValidationError("--shard takes K/N with K from 1 to N, found '\(shard)'")
    }
    return part
  }
}
