// SPDX-License-Identifier: GPL-3.0-or-later
import Drawing
import Foundation
import FrameIO
import GlazerCore
import Inference
import Regions
import Registration
import Threading

/// The pages of some images, registered and read one after the other.
struct InferRun {
  struct Frame {
    /// Counted over all pages of all images, refused ones included.
    var number: Int
    var path: String
    var page: Int
    var name: String
    var registration: Registration
    var jitter: LineJitter
    var cells: CellTable
    var regions: RegionMap
    /// Electrons per Å²: stated, or that of the frame's own noise; nil where nobody asked or there are too few cells to tell.
    var dosePerA2: Double?
  }

  /// Where the dose of a page comes from.
  enum Dose {
    case unknown
    case stated(perA2: Double)
    case fromNoise
  }

  let model: TiltModel
  let modelPath: String
  private(set) var frames: [Frame] = []
  private(set) var refusals: [RefusedPage] = []
  private(set) var pageCount = 0

  private let registrar: Registrar
  private let reader: CellReader
  private let finder = RegionFinder()
  private let pixelSizeOption: Double?
  private let dose: Dose

  init(
    model: TiltModel, modelPath: String, settings: RegistrationSettings, pixelSizeOption: Double?, dose: Dose
  ) {
    self.model = model
    self.modelPath = modelPath
    self.pixelSizeOption = pixelSizeOption
    self.dose = dose
    registrar = Registrar(settings: settings)
    let processors = ProcessInfo.processInfo.activeProcessorCount
    reader = CellReader(model: model, pool: WorkerPool(workers: processors))
  }

  /// Reads everything; what cannot be read goes to `refusals`.
  mutating func read(_ paths: [String]) {
    let bar = ProgressBar("reading")
    for (index, path) in paths.enumerated() {
      do throws(TiffError) {
        let reader = try TiffReader(path: path)
        for page in 0..<reader.pageCount {
          read(reader, page: page)
          let share = (Double(index) + Double(page + 1) / Double(reader.pageCount)) / Double(paths.count)
          if paths.count > 1 || reader.pageCount > 1 { bar.update(share) }
        }
      } catch {
        // The error names its file.
        refusals.append(RefusedPage(name: nil, reason: error))
        pageCount += 1
      }
    }
    if pageCount > 1 { bar.finish() }
  }

  private mutating func read(_ tiff: borrowing TiffReader, page: Int) {
    let number = pageCount
    pageCount += 1
    var input: ImageInput
    do throws(TiffError) {
      input = try ImageInput(tiff, page: page, pixelSizeOption: pixelSizeOption)
    } catch {
      return refusals.append(RefusedPage(name: nil, reason: error))
    }
    input.warnOfPixelSize(option: pixelSizeOption)
    do throws(RegistrationError) {
      let registration = try registrar.register(input.image, pixelSize: input.pixelSize)
      let jitter = registrar.straightenLines(of: &input.image, saturationLevel: input.saturationLevel)
      let dosePerA2 = dosePerA2(of: input, registration)
      var cells = CellTable()
      reader.read(
        input.image, saturationLevel: input.saturationLevel, lattice: registrar.local,
        dosePerA2: dosePerA2, into: &cells)
      registrar.columns.flagPoorColumns(in: &cells)
      var regions = RegionMap()
      finder.find(cells, readings: reader.readings, spread: model.targetSpread, into: &regions)
      cells.widen(by: regions.widening, readings: reader.readings, model: model, dosePerA2: dosePerA2)
      frames.append(
        Frame(
          number: number, path: input.path, page: page, name: input.name, registration: registration, jitter: jitter,
          cells: cells, regions: regions, dosePerA2: dosePerA2))
    } catch {
      refusals.append(RefusedPage(name: input.name, reason: error))
    }
  }

  private func dosePerA2(of input: ImageInput, _ registration: Registration) -> Double? {
    switch dose {
    case .unknown: return nil
    case .stated(let perA2): return perA2
    case .fromNoise:
      let (a, b, pixelA) = (registration.lattice.a, registration.lattice.b, 10 * registration.pixelSize.nm)
      return FrameNoise.dosePerA2(
        of: input.image, saturationLevel: input.saturationLevel, lattice: registrar.local,
        cellAreaA2: abs(a.cross(b)) * pixelA * pixelA)
    }
  }

  /// The error a run ends with in which nothing could be read: the last refusal, as bad data unless all refusals agree on
  /// something else (all files missing, say).
  var commonRefusal: RefusedPage {
    let last = refusals[refusals.count - 1]
    let agree = refusals.allSatisfy { $0.reason.category == last.reason.category }
    return RefusedPage(name: last.name, reason: last.reason, category: agree ? last.reason.category : .badData)
  }

  /// Reads the page once more: keeping all images of a run would take the memory of all.
  func picture(of frame: Frame) throws -> Raster {
    let image = try TiffReader.read(path: frame.path, page: frame.page).image
    let registration = frame.registration
    return OverlayPicture.draw(
      image: image, lattice: registration.lattice, cells: frame.cells, regions: frame.regions,
      pixelSizeNm: registration.pixelSize.nm, title: URL(fileURLWithPath: frame.path).lastPathComponent)
  }
}
