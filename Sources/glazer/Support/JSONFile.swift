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
    try OutputFile.write(try encoder.encode(report) + Data("\n".utf8), path: path)
  }
}

/// An output that cannot be written is an I/O error that names the path.
struct OutputFile: DiagnosableError {
  let path: String
  let reason: String

  var category: ErrorCategory { .inputOutput }
  var description: String { "\(path): cannot write: \(reason)" }

  /// Writes aside and renames. Over a regular file only: a rename would put a file in the place of a device.
  static func write(_ data: Data, path: String) throws {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw OutputFile(path: path, reason: "it is there and no regular file")
    }
    do {
      try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw OutputFile(path: path, reason: error.localizedDescription)
    }
  }
}
