// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Emulator
import Foundation
import GlazerCore
import Inference
import Regions

struct RegionsStudyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "regions-study",
    abstract: "Measures regions, tilt patterns and domain walls on fields and frames whose truth is known.",
    discussion: """
      Fields: the truth of 36 × 28 cells, blurred and with noise that neighbours share as a window of 3.7 × 3.1 cells makes \
      them, one or two domains. Frames: emulated images with a sharp wall, registered and read by the model. Random tilts with \
      rho of 5 to 9 degrees, patterns --- and --+.

      told: regions whose senses (in phase, out of phase, none) have a probability of at least 0.95; right: of these; \
      best: the most probable senses are right, told or not. wall≤1: points of the boundaries that are found within one \
      pseudo-cubic cell of the true wall, rms of their distance in cells; mean≤1: walls each third of which is there in the mean of its points; misplaced: cells in the wrong domain. Means of q, \
      p, r: rms error, stated deviation, share within it.

      Example: glazer regions-study --frames 40
      """)

  @Option(help: "Emulators, from 'glazer emulate fit'.") var emulator = "tools/emulators/perovskites.safetensors"
  @Option(help: "Material of the frames.") var material = "SrTiO3"
  @Option(help: "Model; \(ModelLocation.defaultPath) by default.") var model: String?
  @Option(help: "Frames a condition; of fields five times as many.") var frames = 40
  @Option(help: "Electrons per Å² of the frames.") var dose = 1e5
  @Option(help: "Only conditions whose name contains this.") var only: String?
  @Flag(help: "Fields only.") var fieldsOnly = false

  func run() async throws {
    try await reportingErrors {
      guard (1...100_000).contains(frames) else { throw ValidationError("--frames takes 1 to 100000") }
      guard dose.isFinite, dose > 0 else { throw ValidationError("--dose takes a number above 0, found \(dose)") }
      let frames = fieldsOnly ? [] : frameConditions.map { "frame, " + $0.name }
      try StudySelection.check(only, among: fieldConditions.map { "field, " + $0.name } + frames)
      // Before the fields: it may not be there.
      let study = try fieldsOnly ? nil : imageStudy()
      fields()
      if let study { images(study) }
    }
  }

  /// Those that models are trained on.
  private static let both = Array(RegionImageStudy.patterns.prefix(2))

  private var fieldConditions: [(name: String, draw: DomainDraw)] {
    var all: [(name: String, draw: DomainDraw)] = WallKind.allCases.map {
      ($0.rawValue, DomainDraw(kind: $0, patterns: Self.both))
    }
    all.append(("one domain, |p|, |r| ≥ 2", DomainDraw(kind: .single, patterns: Self.both, leastSplit: 2)))
    return all
  }

  private func chosen(_ name: String) -> Bool { only.map(name.contains) ?? true }

  private func fields() {
    let finder = RegionFinder()
    var isFirst = true
    for (name, draw) in fieldConditions where chosen("field, " + name) {
      if isFirst { print(RegionScore.header("fields of 1008 cells")) }
      isFirst = false
      print(RegionFieldStudy().score(draw, frames: 5 * frames, finder: finder).row(name))
    }
    if !isFirst { print("") }
  }

  private func imageStudy() throws -> RegionImageStudy {
    let library = try EmulatorLibrary(path: emulator)
    let model = try TiltModel(contentsOf: try ModelLocation.resolve(self.model))
    let study = try RegionImageStudy(library, material: material, model: model, dosePerA2: dose)
    if let missing = RegionImageStudy.patterns.first(where: { study.emulators[$0] == nil }) {
      throw EmulatorError.unknownFamily(
        path: emulator, wanted: "\(material):\(missing):293", known: library.families.map(\.description))
    }
    return study
  }

  private var frameConditions: [(name: String, draw: DomainDraw)] {
    var conditions = RegionImageStudy.patterns.map { pattern -> (name: String, draw: DomainDraw) in
      ("one domain, \(pattern)", DomainDraw(kind: .single, patterns: [pattern]))
    }
    conditions += WallKind.allCases.dropFirst().map { ($0.rawValue, DomainDraw(kind: $0, patterns: Self.both)) }
    conditions.append(("--- alone, another tilt", DomainDraw(kind: .tilt, patterns: [.outOfPhase])))
    return conditions
  }

  private func images(_ study: RegionImageStudy) {
    let finder = RegionFinder()
    let wanted = frameConditions.filter { chosen("frame, " + $0.name) }
    if !wanted.isEmpty { print(RegionScore.header("frames of \(material)")) }
    for (name, draw) in wanted {
      let bar = ProgressBar(name)
      let score = study.score(draw, frames: frames, finder: finder) { bar.update($0) }
      bar.finish()
      print(score.row(name))
    }
  }
}
