// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Foundation
import GlazerCore
import Inference
import Multislice
import Regions
import Registration
import Threading
import Training

/// Regions of emulated frames: image, registration, network, regions, held against the truth.
struct RegionImageStudy {
  /// By pattern.
  let emulators: [TiltPattern: Emulator]
  let model: TiltModel
  var dosePerA2 = 1e5
  /// Side of a frame, pixels of 0.02 nm.
  var side = 448
  var thicknessNm = 5.0...18.0
  var defocusA = -12.0...12.0
  var sourceFWHMA = 0.4...0.8
  var mistiltMrad = 1.0

  func score(
    _ draw: DomainDraw, frames: Int, finder: RegionFinder, progress: (Double) -> Void
  ) -> RegionScore {
    var score = RegionScore()
    let registrar = Registrar()
    let reader = CellReader(model: model, pool: WorkerPool(workers: 2))
    for number in 0..<frames {
      defer { progress(Double(number + 1) / Double(frames)) }
      var random = SeededRandom(seed: 0x1A6E, stream: UInt64(number))
      let truths = draw.domains(number, &random)
      let scan = scene(truths, number, &random)
      let image = Image(
        width: side, height: side, pixels: scan.counts(0).map(Float.init))
      do throws(RegistrationError) {
        _ = try registrar.register(image, pixelSize: PixelSize(nm: scan.settings.pixelSizeNm, source: .option))
      } catch {
        score.addRefused()
        continue
      }
      var cells = CellTable()
      reader.read(image, saturationLevel: nil, lattice: registrar.local, into: &cells)
      registrar.columns.flagPoorColumns(in: &cells)
      var map = RegionMap()
      let start = RegionScore.threadSeconds()
      finder.find(cells, readings: reader.readings, spread: model.targetSpread, into: &map)
      let seconds = RegionScore.threadSeconds() - start
      add(map, cells, scan, truths, seconds, &score)
    }
    return score
  }

  private func add(
    _ map: RegionMap, _ cells: CellTable, _ scan: SyntheticScan, _ truths: [DomainTruth], _ seconds: Double,
    _ score: inout RegionScore
  ) {
    guard cells.count > 0 else { return score.addRefused() }
    let lattice = scan.truth(0).lattice
    let first = lattice.coordinates(of: Vector2(Double(cells.x[0]), Double(cells.y[0])))
    // Registration may turn both axes about, which changes no sign: the offset does for all columns then, for parity only
    // is asked of it.
    let offset = CellIndex(
      i: Int(first.x.rounded()) - Int(cells.i[0]), j: Int(first.y.rounded()) - Int(cells.j[0]))
    let angle = scan.settings.wallAngleDegrees * .pi / 180
    let cellPx = lattice.b.length
    func distance(_ p: Vector2) -> Double { (p - lattice.origin).dot(Vector2(cos(angle), sin(angle))) / cellPx }
    score.add(
      map, cells, truths: truths, offset: offset, seconds: seconds,
      domain: { row in
        truths.count > 1 && distance(Vector2(Double(cells.x[row]), Double(cells.y[row]))) > 0 ? 1 : 0
      },
      distance: truths.count > 1 ? distance : nil)
  }

  private func scene(_ truths: [DomainTruth], _ number: Int, _ random: inout SeededRandom) -> SyntheticScan {
    func pick(_ range: ClosedRange<Double>) -> Double { random.uniform(range.lowerBound, range.upperBound) }
    var settings = ScanSettings()
    (settings.width, settings.height) = (side, side)
    settings.rotationDegrees = random.uniform(-40, 40)
    settings.driftPxPerFrame = [0, 0]
    settings.dosePerA2 = dosePerA2
    settings.lineJitterPx = 0.1
    settings.wallAngleDegrees = random.uniform(0, 360)
    settings.wallWidthNm = 0.2
    settings.seed = UInt64(number) + 1
    let (thickness, defocus, source) = (pick(thicknessNm), pick(defocusA), pick(sourceFWHMA))
    let mistilt = SIMD2(pick(-mistiltMrad...mistiltMrad), pick(-mistiltMrad...mistiltMrad))
    let layer = Int(random.uniform(0, 2))
    let pictures = truths.compactMap { truth -> CellPicture? in
      emulators[truth.pattern].map { emulator in
        CellPicture(
          emulator,
          ImagingState(
            tilt: truth.tilt, thicknessNm: thickness, defocusA: defocus, sourceFWHMA: source, mistiltMrad: mistilt,
            startingLayer: layer))
      }
    }
    return SyntheticScan(
      settings: settings, pseudoCubicA: emulators[truths[0].pattern]?.pseudoCubicA ?? 3.905,
      domains: (pictures[0], pictures[pictures.count - 1]))
  }
}

extension RegionImageStudy {
  /// The patterns of one domain that are studied.
  static let patterns = [
    TiltPattern.outOfPhase, TiltPattern(a: .outOfPhase, b: .outOfPhase, c: .inPhase),
    TiltPattern(a: .inPhase, b: .inPhase, c: .outOfPhase),
  ]

  /// With the emulators of a material at 293 K; those of patterns that the library does not have are left out.
  init(_ library: EmulatorLibrary, material: String, model: TiltModel, dosePerA2: Double) throws {
    var emulators: [TiltPattern: Emulator] = [:]
    for pattern in Self.patterns {
      let family = CrystalFamily(material: material, pattern: pattern.description, temperatureK: 293)
      if library.families.contains(family) { emulators[pattern] = try library.emulator(family) }
    }
    self.init(emulators: emulators, model: model, dosePerA2: dosePerA2)
  }

  /// Frames of each pattern by themselves, and what is found in them.
  func confusion(frames: Int, finder: RegionFinder, progress: (Double) -> Void) -> [EvaluationSummary.PatternCount] {
    let patterns = Self.patterns.filter { emulators[$0] != nil }
    return patterns.enumerated().flatMap { number, pattern in
      let draw = DomainDraw(kind: .single, patterns: [pattern])
      let score = score(draw, frames: frames, finder: finder) {
        progress((Double(number) + $0) / Double(patterns.count))
      }
      return score.senses.map {
        EvaluationSummary.PatternCount(
          truth: $0.key.truth, found: $0.key.found, regions: $0.value.regions, told: $0.value.told)
      }.sorted { $0.found < $1.found }
    }
  }
}
