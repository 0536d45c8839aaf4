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

      Example: glazer emulate bound --emulator perovskites.safetensors --tilt 8,3,-6 --thickness 5,10,15 --source 0.7
      """)

  @Option(help: "Emulator, from 'glazer emulate fit'.") var emulator: String
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
      let emulator = try Emulator(path: emulator, family: try family.map(CrystalFamily.parsed))
      var study = BoundStudy(source: emulator, nuisance: nuisance.parameters)
      study.emulator = self.emulator
      study.tilts = try tilt.isEmpty ? UsualTilts.all : tilt.map(Self.tilt)
      study.dosesPerA2 = try (dose ?? NumberList(limit ? [1e4, 1e5, 1e6] : [1e5])).numbers(
        in: 1e-3...1e12, option: "--dose")
      study.thicknessesNm = thickness.values
      study.sourcesA = source.values
      study.defocusA = defocus
      if let area {
        guard area.isFinite, area > 0 else { throw ValidationError("--area takes a number above 0, found \(area)") }
        study.areaA2 = area
      }
      let report = limit ? try study.limits() : try study.bounds()
      if let json { try JSONFile.write(report, path: json) }
      if let csv { try OutputFile.write(Data(report.csv.utf8), path: csv) }
      print(report.text)
    }
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
