// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Emulator
import Foundation
import GlazerCore

struct EmulateBoundCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bound",
    abstract: "Says how well any reading of an image can know the tilt (Cramér-Rao bound).",
    discussion: """
      Standard deviations of p = (α + β)/√2, q = (α − β)/√2 and r = γ in degrees that no unbiased reading can beat, from the \
      Poisson noise of the electrons alone, with the --nuisance parameters unknown too. They go as (dose · area)^(−1/2); \
      all cells of the area count as tilted alike. "none" stands where the image holds no information in first order.

      With --limit, the least ρ = √(p² + r²) that can be told from none (q = 0): where the image lies two standard \
      deviations from that of ρ = 0, whatever q and the nuisance parameters, in the mean over the directions of (p, r). \
      A threshold there is passed by 2.3 % of the cells without a split. It goes as (dose · area)^(−1/4).

      With --simulate in place of --emulator, images are simulations of the very states: slow (SrTiO3: 40 s a tilt and \
      repeat on one core), and the reference for what an emulator says.

      Example: glazer emulate bound --emulator perovskites.safetensors --tilt 8,3,-6 --thickness 5,10,15 --source 0.7
      """)

  @Option(help: "Emulator, from 'glazer emulate fit'.") var emulator: String?
  @Flag(help: "Simulate every image instead; --family then names what (SrTiO3:---:293 by default).")
  var simulate = false
  @Option(help: "Sets of displacements that simulated images are means of.") var repeats = 4
  @Option(help: "Threads, with --simulate.") var threads = ProcessInfo.processInfo.activeProcessorCount
  @Option(help: "Crystals, MATERIAL:PATTERN:KELVIN or MATERIAL:PATTERN:static (default: the file's first).")
  var family: String?
  @Option(help: "Rotation of the octahedra about a, b, c, degrees; may be given again. Five states by default.")
  var tilt: [NumberList] = []
  @Option(help: "Doses, electrons per Å²; 1e5 by default, with --limit 1e4,1e5,1e6.") var dose: NumberList?
  @Option(help: "Thicknesses, nm.") var thickness = NumberList([5, 10, 15])
  @Option(help: "FWHM of the Gaussian source, Å; several by commas.") var source = NumberList([0])
  @Option(help: "Defocus, Å; positive is underfocus.") var defocus = 0.0
  @Option(help: "Area read, Å²; by default that of one pair of B columns (21.57 in SrTiO3).") var area: Double?
  @Option(
    help: "Unknown beside the tilt: of shift, scale, offset, defocus, source, thickness, mistilt, vibration; or none.")
  var nuisance = NuisanceList(parameters: .standard)
  @Flag(help: "Print the detection limit of ρ instead.") var limit = false
  @Option(help: "Where to write the numbers with all conditions (JSON).") var json: String?
  @Option(help: "Where to write the numbers (CSV).") var csv: String?

  func run() async throws {
    try await reportingErrors {
      try WholeFile.check(json, csv, inputs: [emulator])
      let family = try family.map(CrystalFamily.parsed)
      if let emulator {
        guard !simulate else { throw ValidationError("--emulator and --simulate exclude one another") }
        try report(try Emulator(path: emulator, family: family), named: emulator)
      } else {
        guard simulate else { throw ValidationError("expected --emulator FILE or --simulate") }
        try simulated(family ?? CrystalFamily(material: "SrTiO3", pattern: "---", temperatureK: 293))
      }
    }
  }

  private func simulated(_ family: CrystalFamily) throws {
    guard !limit else { throw ValidationError("--limit takes an --emulator") }
    guard (1...100).contains(repeats) else { throw ValidationError("--repeats takes 1 to 100") }
    try ThreadCount.check(threads)
    let known: NuisanceParameters = [.shift, .scale, .offset, .defocus, .source]
    guard nuisance.parameters.isSubset(of: known) else {
      throw ValidationError("--nuisance takes \(known.names.joined(separator: ", ")) with --simulate")
    }
    let step = DerivativeSteps().defocusA
    // Each state, its six neighbours along p, q and r, and the partners of those with a split.
    let count = try tilts.reduce(0) { $0 + ($1.rho > 0 ? 14 : 7) }
    let progress = ProgressBar("simulating tilts")
    let source = try SimulatedCells(
      family, thicknessesNm: thickness.values, defociA: [defocus - step, defocus, defocus + step], repeats: repeats,
      threads: threads
    ) { progress.update(Double($0) / Double(count)) }
    progress.update(0)
    try report(source, named: "simulations of \(family), \(repeats) sets of displacements") { progress.finish() }
  }

  private var tilts: [TiltAngles] {
    get throws { try tilt.isEmpty ? UsualTilts.all : tilt.map(Self.tilt) }
  }

  private func report<Source: CellImageSource>(
    _ source: Source, named name: String, whenDone: () -> Void = {}
  ) throws {
    var study = BoundStudy(source: source, nuisance: nuisance.parameters)
    study.emulator = name
    study.checksSteps = !simulate
    study.tilts = try tilts
    study.dosesPerA2 = try (dose ?? NumberList(limit ? [1e4, 1e5, 1e6] : [1e5])).numbers(
      in: 1e-3...1e12, option: "--dose")
    study.thicknessesNm = thickness.values
    study.sourcesA = self.source.values
    study.defocusA = defocus
    if let area {
      guard area.isFinite, area > 0 else { throw ValidationError("--area takes a number above 0, found \(area)") }
      study.areaA2 = area
    }
    let report = limit ? try study.limits() : try study.bounds()
    whenDone()
    // First what nothing can lose.
    print(report.text)
    if let json { try JSONFile.write(report, path: json) }
    if let csv { try WholeFile.write(report.csv.utf8, path: csv) }
  }

  private static func tilt(_ list: NumberList) throws -> TiltAngles {
    let v = try list.numbers(3, in: -90...90, option: "--tilt")
    return TiltAngles(alpha: v[0], beta: v[1], gamma: v[2])
  }
}

/// Names separated by commas, or "none".
struct NuisanceList: ExpressibleByArgument {
  let parameters: NuisanceParameters

  init(parameters: NuisanceParameters) { self.parameters = parameters }

  init?(argument: String) {
    var parameters: NuisanceParameters = []
    if argument != "none" {
      for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
        guard let known = NuisanceParameters.named.first(where: { $0.name == part }) else { return nil }
        parameters.insert(known.parameter)
      }
    }
    self.parameters = parameters
  }

  var defaultValueDescription: String { parameters.names.joined(separator: ",") }
}
