// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Emulator
import Foundation
import GlazerCore
import Registration

struct RegisterStudyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "register-study",
    abstract: "Measures registration on simulated frames whose B columns are known.",
    discussion: """
      Frames are drawn at random from the emulators: rotation, pixels per cell, stretch, shear, uneven light, tilt, \
      thickness, defocus, mistilt; the pixel size that is given with two of three frames is wrong by up to 15 %. Right: the \
      lattice stands on B columns; wrong: on others. Distances from the truth in Å, rms over columns that are not flagged; \
      edge is the outer tenth of the frame. Lost: columns of the crystal that are flagged; kept: places without crystal \
      that are not.

      Example: glazer register-study --emulator tools/emulators/perovskites.safetensors --frames 100
      """)

  @Option(help: "Emulators, from 'glazer emulate fit'.") var emulator = "tools/emulators/perovskites.safetensors"
  @Option(help: "Crystals, MATERIAL:PATTERN:KELVIN; again for more (default: SrTiO3 --- and ++-, LaAlO3, BiFeO3).")
  var family: [String] = []
  @Option(help: "Frames a condition.") var frames = 60
  @Option(help: "Another number draws other frames.") var seed: UInt64 = 1
  @Option(help: "Only conditions whose name contains this.") var only: String?

  @Option(
    help: "Instead: where to write the table that tells B columns from others, of --frames frames (Swift source).")
  var siteTable: String?

  func run() async throws {
    try await reportingErrors {
      guard (1...100_000).contains(frames) else { throw ValidationError("--frames takes 1 to 100000") }
      try WholeFile.check(siteTable)
      let library = try EmulatorLibrary(path: emulator)
      if let siteTable { return try makeSiteTable(library, path: siteTable) }
      let names = family.isEmpty ? ["SrTiO3:---:293", "LaAlO3:---:293", "SrTiO3:++-:293", "BiFeO3:---:293"] : family
      let study = RegistrationStudy(
        scenes: StudyScenes(emulators: try names.map { try library.emulator(CrystalFamily.parsed($0)) }, seed: seed))
      let tables = [
        ("views", RegistrationStudy.views), ("distortions", RegistrationStudy.distortions),
        ("regions", RegistrationStudy.regions),
      ]
      try StudySelection.check(only, among: tables.flatMap { $0.1.map(\.name) })
      for (title, conditions) in tables {
        let chosen = conditions.filter { only.map($0.name.contains) ?? true }
        if chosen.isEmpty { continue }
        print(StudyTable.header(title))
        for condition in chosen {
          let bar = ProgressBar(condition.name)
          let score = study.score(condition, frames: frames) { bar.update($0) }
          bar.finish()
          print(StudyTable.row(condition.name, score))
        }
        print("")
      }
      if only.map("noise".contains) ?? true { noise() }
    }
  }

  /// A thousand frames without a crystal.
  private func noise() {
    let bar = ProgressBar("noise")
    let registrar = Registrar()
    var refusals: [String: Int] = [:]
    for number in 0..<1000 {
      do throws(RegistrationError) {
        _ = try registrar.register(StudyNoise.image(number))
        refusals["a lattice (wrong)", default: 0] += 1
      } catch {
        refusals[error.kind, default: 0] += 1
      }
      bar.update(Double(number + 1) / 1000)
    }
    bar.finish()
    print(
      "1000 frames of noise: "
        + refusals.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
  }

  /// Of all families in which atoms move.
  private func makeSiteTable(_ library: EmulatorLibrary, path: String) throws {
    let families = library.families.filter { $0.temperatureK != nil }
    guard !families.isEmpty else {
      throw EmulatorError.unknownFamily(
        path: emulator, wanted: "family in thermal motion", known: library.families.map(\.description))
    }
    let samples = SiteSamples(emulators: try families.map { try library.emulator($0) })
    let bar = ProgressBar("sampling")
    let cells = (0..<frames).map { number in
      defer { bar.update(Double(number + 1) / Double(frames)) }
      return samples.cell(number)
    }
    bar.finish()
    let templates = SiteSamples.cover(cells, radius: 0.2)
    try WholeFile.write(SiteSamples.source(templates, frames: frames).utf8, path: path)
    print("\(path): \(templates.count) templates stand for \(frames) mean cells")
  }
}

/// The study as text.
enum StudyTable {
  static func header(_ title: String) -> String {
    title.padding(toLength: 26, withPad: " ", startingAt: 0)
      + " frames right wrong   rms Å  edge Å  within 0.1  0.25   confidence   lost  kept  refused"
  }

  static func row(_ name: String, _ score: StudyScore) -> String {
    let confidences = score.confidences.sorted()
    let refused = score.refusals.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    let wrong = score.wrongConfidences.max().map { String(format: " (wrong: %.2f)", $0) } ?? ""
    return name.padding(toLength: 26, withPad: " ", startingAt: 0)
      + String(
        format: " %6d %5d %5d %7.3f %7.3f %10.0f%% %4.0f%%  %.2f…%.3f %5.1f%% %4.0f%%  ", score.frames, score.right,
        score.wrong, score.rmsA, score.edgeRmsA, 100 * score.shareWithin(0.1), 100 * score.shareWithin(0.25),
        confidences.first ?? .nan, confidences.isEmpty ? .nan : confidences[confidences.count / 2],
        100 * score.lostShare, 100 * score.unflaggedShare) + refused + wrong
  }
}
