// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Why an emulator could not be made or read.
public enum EmulatorError: DiagnosableError {
  case unknownMaterial(name: String, known: [String])
  case unknownFamily(path: String, wanted: String, known: [String])
  case badDesign(what: String, expected: String, found: String)
  case badFile(path: String, expected: String, found: String)
  case linearAlgebra(routine: String, info: Int)
  case unwritable(path: String, reason: String)

  public var category: ErrorCategory {
    switch self {
    case .unknownMaterial, .unknownFamily, .badDesign: .usage
    case .badFile, .linearAlgebra: .badData
    case .unwritable: .inputOutput
    }
  }

  public var description: String {
    switch self {
    case .unknownMaterial(let name, let known):
      "no material '\(name)'; known are \(known.joined(separator: ", "))"
    case .unknownFamily(let path, let wanted, let known):
      "\(path) holds no \(wanted); it has \(known.joined(separator: ", "))"
    case .badDesign(let what, let expected, let found): "\(what): expected \(expected), found \(found)"
    case .badFile(let path, let expected, let found): "\(path): expected \(expected), found \(found)"
    case .linearAlgebra(let routine, let info): "LAPACK's \(routine) ended with info = \(info)"
    case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
    }
  }
}
