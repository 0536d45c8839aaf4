// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Drawing
import Foundation
import FrameIO
import GlazerCore
import Inference
import Registration

struct InferCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "infer",
    abstract: "Reads the octahedral rotations of every unit cell from ABF images of perovskites along [110].",
    discussion: """
      Every page of every image is registered and read. A page without a lattice that the model knows is reported and \
      the others go on; the exit code is 65 if none could be read.

      CSV: \(CellsCSV.header)
      frame counts pages from 0 over all images; i, j are indices along [110] and [001]; x, y pixels from the centre of \
      the first pixel, y down; angles in degrees (q > 0 is clockwise); flags: 1 border, 2 rho below the detection limit \
      (twice its deviation or, with --dose or --dose-from-noise, what such an image can show at all, whichever is larger), \
      4 poor lattice, 8 unlike the training data, 16 saturated or missing pixels.
      Regions: connected cells that tilt alike, with the senses of the tilts about a, b, c (- out of phase, + in phase; told \
      from a probability of 0.95), the Glazer symbols that fit best, and the mean angles at columns with even i and j. "or + \
      about a or b": larger tilts with + about one of a and b would give the same readings.
      The overlay of one page is written as named; of several, with the frame number before the extension.

      Example: glazer infer frame.tif --pixel-size 0.0093 --csv cells.csv --overlay cells.png
      """)

  @Argument(help: "TIFF images: 8, 16 or 32 bit integers, or 32 or 64 bit floats.") var images: [String]
  @OptionGroup var material: MaterialOptions
  @Option(help: "Dose of a page, electrons per square ångström: for the bound, and to flag what it cannot show.")
  var dose: Double?
  @Flag(
    help: """
      Take for the dose that of the page's own noise, told from cells that tilt alike; as if the whole beam were collected and \
      black were zero.
      """)
  var doseFromNoise = false
  @Option(help: "Model; \(ModelLocation.defaultPath) by default.") var model: String?
  @Option(help: "Where to write the cells (CSV).") var csv: String
  @Option(help: "Where to write lattices, statistics and refused pages (JSON).") var json: String?
  @Option(help: "Where to draw the cells over the image (PNG).") var overlay: String?

  func validate() throws {
    if let dose, !(1...1e12).contains(dose) { throw ValidationError("--dose takes 1 to 1e12 e/Å², found \(dose)") }
    if dose != nil, doseFromNoise { throw ValidationError("--dose and --dose-from-noise exclude one another") }
  }

  func run() async throws {
    try await reportingErrors {
      try WholeFile.check(csv, json, overlay, inputs: images + [model])
      let path = try ModelLocation.resolve(model)
      let tilts = try TiltModel(contentsOf: path)
      var run = InferRun(
        model: tilts, modelPath: path, settings: material.settings, pixelSizeOption: material.pixelSizeNm,
        dose: doseFromNoise ? .fromNoise : dose.map { .stated(perA2: $0) } ?? .unknown)
      run.read(images)
      guard !run.frames.isEmpty else {
        for refusal in run.refusals.dropLast() { StandardError.write(refusal.description) }
        throw run.commonRefusal
      }
      for refusal in run.refusals { StandardError.write(refusal.description) }
      try write(run)
      report(run)
    }
  }

  /// All outputs, once everything has been read.
  private func write(_ run: InferRun) throws {
    var rows = CellsCSV()
    for frame in run.frames { rows.append(frame.cells, frame: frame.number) }
    try rows.write(path: csv)
    if let json { try JSONFile.write(InferReport(run, dosePerA2: dose), path: json) }
    guard let overlay else { return }
    for frame in run.frames {
      let path = run.pageCount > 1 ? Self.numbered(overlay, frame.number) : overlay
      try run.picture(of: frame).writePNG(path: path)
    }
  }

  private func report(_ run: InferRun) {
    for frame in run.frames {
      let spacing = frame.registration.spacingNm
      print(
        String(
          format: "frame %d: %@: %d cells, a %.4f nm, b %.4f nm, pixel %.5f nm from %@", frame.number, frame.name,
          frame.cells.count, spacing.a, spacing.b, frame.registration.pixelSize.nm,
          frame.registration.pixelSize.source.rawValue)
          + (frame.jitter.isUndone
            ? String(
              format: ", lines straightened (%.4f nm rms)",
              frame.jitter.deviationPx * frame.registration.pixelSize.nm) : ""))
      if doseFromNoise { print(Self.noise(frame, run.model)) }
      for (index, region) in frame.regions.regions.enumerated() {
        print("region \(Self.letter(index))  \(region.summary)")
      }
      if let mind = Self.mind(frame.regions) { print(mind) }
    }
    print(CellStatistics(run.frames.map(\.cells)).summary)
    if let dose {
      print(
        String(
          format: "bound     q %.2f deg per pair of columns at %g e/A2 (point source, 10 nm)",
          CellStatistics.qBound(dosePerA2: dose), dose))
      if let limit = run.model.leastRhoDegrees(dosePerA2: dose) {
        print(String(format: "limit     rho %.2f deg at that dose; smaller ones are flagged", limit))
      }
    }
  }

  /// Smaller factors on deviations are not worth a line.
  private static let smallWidening = 1.2

  private static func mind(_ regions: RegionMap) -> String? {
    guard let scatter = regions.scatterOverStated, regions.widening.max() > smallWidening else { return nil }
    func both(_ values: SIMD3<Double>) -> String {
      String(format: "%.1f (q) and %.1f (p, r)", values.x, max(values.y, values.z))
    }
    return "mind      cells of a region differ \(both(scatter)) times as much as the model states: noise that it does "
      + "not know, or tilts that change; the image's own deviations are taken as \(both(regions.widening)) times those"
  }

  private static func noise(_ frame: InferRun.Frame, _ model: TiltModel) -> String {
    guard let dose = frame.dosePerA2 else { return "noise     not told: too few cells two columns apart" }
    let limit =
      model.leastRhoDegrees(dosePerA2: dose).map { String(format: ": rho below %.2f deg is flagged", $0) } ?? ""
    return String(format: "noise     that of %.1e e/A2", dose) + limit
  }

  /// Regions are A, B, … as in the overlay.
  static func letter(_ index: Int) -> String { OverlayPicture.letter(index) }

  /// "out.png" of frame 12 is "out-0012.png".
  static func numbered(_ path: String, _ frame: Int) -> String {
    let url = URL(fileURLWithPath: path)
    let suffix = url.pathExtension.isEmpty ? "" : "." + url.pathExtension
    return String(path.dropLast(suffix.count)) + String(format: "-%04d", frame) + suffix
  }
}
