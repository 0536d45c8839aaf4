// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// Where the network comes from when nobody says: `firmware-config/models/default.safetensors` of the working directory,
/// else of the repository that the program was built in.
enum ModelLocation {
  static let defaultPath = "firmware-config/models/default.safetensors"

  static func resolve(_ option: String?) throws(MissingModel) -> String {
    if let option { return option }
    let manager = FileManager.default
    if manager.fileExists(atPath: defaultPath) { return defaultPath }
    // .build/x86_64-…/release/glazer lies a few folders below the repository.
    let program = Bundle.main.executableURL?.resolvingSymlinksInPath()
    var folder = program?.deletingLastPathComponent()
    for _ in 0..<5 {
      guard let current = folder else { break }
      let candidate = current.appendingPathComponent(defaultPath).path
      if manager.fileExists(atPath: candidate) { return candidate }
      folder = current.deletingLastPathComponent()
    }
    throw MissingModel()
  }
}

struct MissingModel: DiagnosableError {
  var category: ErrorCategory { .noInput }
  var description: String {
    "no model: \(ModelLocation.defaultPath) is neither here nor beside the program; give --model FILE"
  }
}
