// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Drawing
import Foundation
import FrameIO
import GlazerCore
import Registration

struct RegisterCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "register",
    abstract: "Finds the projected lattice of B columns in an ABF image of a perovskite along [110].",
    discussion: """
      Axes: a along [110] (length a_pc/sqrt2), b along [001] (length a_pc), the origin on a B column near the middle. \
      Positions in pixels, the centre of the first pixel at (0, 0), y down. An image that does not show such a lattice in \
      ABF contrast is refused with exit code 65 and the reason; of dark field and inverted contrast --overlay draws what was \
      found.

      Example: glazer register frame.tif --pixel-size 0.0093 --json lattice.json --overlay lattice.png
      """)

  @Argument(help: "TIFF image: 8, 16 or 32 bit integers, or 32 or 64 bit floats.") var image: String
  @Option(help: "Page of the file, from 0.") var page = 0
  @OptionGroup var material: MaterialOptions
  @Option(help: "Where to write the lattice (JSON).") var json: String?
  @Option(help: "Where to draw the lattice over the image (PNG); also where only the contrast is refused.")
  var overlay: String?
  @Flag(help: "Draw over the mean cell at the places found instead of over the image.") var model = false

  func run() async throws {
    try await reportingErrors {
      try WholeFile.check(json, overlay, inputs: [image])
      let reader = try TiffReader(path: image)
      let input = try ImageInput(reader, page: page, pixelSizeOption: material.pixelSizeNm)
      input.warnOfPixelSize(option: material.pixelSizeNm)
      let registrar = Registrar(settings: material.settings)
      let registration: Registration
      do throws(RegistrationError) {
        registration = try registrar.register(input.image, pixelSize: input.pixelSize)
      } catch {
        if let overlay, let found = registrar.finding {
          try picture(input, found, registrar, note: "REFUSED: not ABF. circles: B columns")
            .writePNG(path: overlay)
        }
        throw RefusedPage(name: input.name, reason: error)
      }
      if let json {
        try JSONFile.write(
          RegisterReport(
            image: image, page: page, shape: [input.image.height, input.image.width],
            lattice: LatticeReport(registration)), path: json)
      }
      if let overlay { try picture(input, registration, registrar).writePNG(path: overlay) }
      print("\(input.name): \(input.image.width) x \(input.image.height) pixels")
      print(registration.summary)
    }
  }

  private func picture(
    _ input: ImageInput, _ registration: Registration, _ registrar: Registrar,
    note: String = "circles: B columns, crosses: poor ones"
  ) -> Raster {
    let all = registration.lattice.columns(width: input.image.width, height: input.image.height, margin: 0)
    return LatticePicture.draw(
      image: model ? registrar.modelImage(width: input.image.width, height: input.image.height) : input.image,
      lattice: registration.lattice, local: registrar.local,
      poor: Set(all.filter { registrar.columns[$0.i, $0.j]?.isPoor == true }), pixelSizeNm: registration.pixelSize.nm,
      title: String(
        format: "a %.4f  b %.4f  rms %.3f nm", registration.spacingNm.a, registration.spacingNm.b,
        registration.residualPx * registration.pixelSize.nm), note: note)
  }
}

/// What `glazer register --json` writes.
private struct RegisterReport: Encodable {
  let program = "glazer register \(Glazer.version)"
  let image: String
  let page: Int
  /// Rows, columns.
  let shape: [Int]
  let lattice: LatticeReport

  enum CodingKeys: String, CodingKey {
    case program, image, page, shape, lattice
  }
}
