// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// Writes a report as JSON that a person can read, aside and renamed.
enum JSONFile {
  static func write(_ report: some Encodable, path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    try WholeFile.write(try encoder.encode(report) + Data("\n".utf8), path: path)
  }
}
