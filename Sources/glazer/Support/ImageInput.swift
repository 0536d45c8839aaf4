// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Foundation
import FrameIO
import GlazerCore
import Registration

/// One page of an image file with its pixel size, as `register` and `infer` read it.
struct ImageInput {
  let path: String
  /// From 0.
  let page: Int
  let pageCount: Int
  var image: Image
  let saturationLevel: Float?
  /// The file's, else the user's, else unknown.
  let pixelSize: PixelSize?

  init(_ reader: borrowing TiffReader, page: Int, pixelSizeOption: Double?) throws(TiffError) {
    let content = try reader.read(page: page)
    path = reader.path
    pageCount = reader.pageCount
    self.page = page
    image = content.image
    saturationLevel = content.saturationLevel
    pixelSize =
      content.pixelSizeNm.map { PixelSize(nm: $0, source: .file) }
      ?? pixelSizeOption.map { PixelSize(nm: $0, source: .option) }
  }

  /// For messages: the path, and the page where there are several.
  var name: String { pageCount > 1 ? "\(path), page \(page)" : path }

  /// Warns on stderr when the file's pixel size stands against the user's.
  func warnOfPixelSize(option: Double?) {
    guard let option, let pixelSize, pixelSize.source == .file, abs(pixelSize.nm / option - 1) > 1e-3 else { return }
    StandardError.write(
      "\(name): the file says \(pixelSize.nm) nm per pixel, --pixel-size \(option) nm; the file's is used")
  }
}

/// A page that was refused, with its name in front of the reason where the reason does not name it.
struct RefusedPage: DiagnosableError {
  let name: String?
  let reason: any DiagnosableError
  let category: ErrorCategory

  init(name: String?, reason: any DiagnosableError, category: ErrorCategory? = nil) {
    self.name = name
    self.reason = reason
    self.category = category ?? reason.category
  }

  var description: String { name.map { "\($0): \(reason.description)" } ?? reason.description }
}

enum StandardError {
  static func write(_ line: String) { FileHandle.standardError.write(Data("glazer: \(line)\n".utf8)) }
}

/// The options that say what is in an image; shared by `register` and `infer`.
struct MaterialOptions: ParsableArguments {
  @Option(name: .customLong("pixel-size"), help: "Pixel size, nm, for files that do not hold one.")
  var pixelSizeNm: Double?
  @Option(name: .customLong("material-a"), help: "Pseudo-cubic cell of the material, nm (SrTiO3 by default).")
  var materialANm = RegistrationSettings().pseudoCubicNm

  func validate() throws {
    if let pixelSizeNm, !(1e-4...1).contains(pixelSizeNm) {
      throw ValidationError("--pixel-size takes nanometres from 0.0001 to 1, found \(pixelSizeNm)")
    }
    guard (0.3...0.5).contains(materialANm) else {
      throw ValidationError("--material-a takes nanometres from 0.3 to 0.5, found \(materialANm)")
    }
  }

  var settings: RegistrationSettings {
    var settings = RegistrationSettings()
    settings.pseudoCubicNm = materialANm
    return settings
  }
}
