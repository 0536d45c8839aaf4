// SPDX-License-Identifier: GPL-3.0-or-later
import CTIFF
import Foundation

/// Finds the pixel size that a TIFF page carries, in the forms that programs of the field write.
enum TiffPixelSize {
  /// What a pixel of an electron micrograph can measure, nm. Anything else is a default such as 72 dpi or 1/1.
  static let credible = 1e-4...100.0

  static func find(in tiff: borrowing TiffHandle) -> Double? {
    let pixelsPerUnit = tiff.float(TIFFTAG_XRESOLUTION).map(Double.init)
    if let description = tiff.string(TIFFTAG_IMAGEDESCRIPTION) {
      if let size = fromDescription(description, pixelsPerUnit: pixelsPerUnit) { return size }
    }
    guard let pixelsPerUnit, pixelsPerUnit > 0 else { return nil }
    switch Int32(tiff.unsigned16(TIFFTAG_RESOLUTIONUNIT) ?? UInt16(RESUNIT_INCH)) {
    case RESUNIT_CENTIMETER: return credibleSize(1e7 / pixelsPerUnit)
    case RESUNIT_INCH: return credibleSize(2.54e7 / pixelsPerUnit)
    default: return nil
    }
  }

  /// Forms, in order: OME-XML; ImageJ's `unit=`, whose length per pixel is in the resolution tag; JSON or `key=value` with
  /// `pixel_size_nm` (or `_pm`, `_A`, `_um`); `9.33 pm/px`.
  static func fromDescription(_ text: String, pixelsPerUnit: Double?) -> Double? {
    if text.contains("PhysicalSizeX") {
      guard let size = attribute("PhysicalSizeX", in: text).flatMap(Double.init) else { return nil }
      guard let unit = nanometres(in: attribute("PhysicalSizeXUnit", in: text) ?? "µm") else { return nil }
      return credibleSize(size * unit)
    }
    if text.hasPrefix("ImageJ=") {
      guard let pixelsPerUnit, pixelsPerUnit > 0, let unit = value(of: "unit", in: text).flatMap(nanometres) else {
        return nil
      }
      return credibleSize(unit / pixelsPerUnit)
    }
    for (key, unit) in [("pixel_size_nm", 1.0), ("pixel_size_pm", 1e-3), ("pixel_size_A", 0.1), ("pixel_size_um", 1e3)]
    {
      if let size = value(of: key, in: text).flatMap(Double.init) { return credibleSize(size * unit) }
    }
    for (suffix, unit) in [("pm/px", 1e-3), ("nm/px", 1.0), ("A/px", 0.1), ("Å/px", 0.1)] {
      guard let range = text.range(of: suffix) else { continue }
      let number = text[..<range.lowerBound].split(whereSeparator: { $0.isWhitespace || $0 == "," || $0 == ";" }).last
      if let size = number.flatMap({ Double($0) }) { return credibleSize(size * unit) }
    }
    return nil
  }

  private static func credibleSize(_ nm: Double) -> Double? { credible.contains(nm) ? nm : nil }

  /// Length of a unit in nm.
  private static func nanometres(in unit: String) -> Double? {
    switch unit {
    case "pm": 1e-3
    case "A", "Å", "\u{212B}", "angstrom", "Angstrom", "\\u00C5", "\\u212B": 0.1
    case "nm", "nanometer": 1
    case "um", "µm", "μm", "micron", "\\u00B5m": 1e3
    default: nil
    }
  }

  /// The value of `key=value` or `"key": value`, up to the end of the line, a comma, a semicolon or a brace.
  private static func value(of key: String, in text: String) -> String? {
    var search = text[...]
    while let range = search.range(of: key) {
      let isWholeWord =
        range.lowerBound == text.startIndex || !isWordCharacter(text[text.index(before: range.lowerBound)])
      let rest = search[range.upperBound...].drop(while: { $0 == "\"" || $0 == " " })
      if isWholeWord, let separator = rest.first, separator == "=" || separator == ":" {
        let value = rest.dropFirst().prefix(while: { !$0.isNewline && !",;}".contains($0) })
        return value.trimmingCharacters(in: CharacterSet(charactersIn: " \"\t"))
      }
      search = search[range.upperBound...]
    }
    return nil
  }

  private static func isWordCharacter(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_"
  }

  /// The value of an XML attribute.
  private static func attribute(_ name: String, in text: String) -> String? {
    guard let start = text.range(of: "\(name)=\"") else { return nil }
    return String(text[start.upperBound...].prefix(while: { $0 != "\"" }))
  }
}
