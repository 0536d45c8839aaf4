// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Why a structure file was refused or could not be written.
public enum StructureError: DiagnosableError {
  case unreadable(path: String, reason: String)
  case tooLarge(path: String, bytes: Int, limit: Int)
  case malformed(path: String, line: Int?, expected: String, found: String)
  case missing(path: String, what: String)
  case unsupported(path: String, what: String)
  /// The structure is sound, but no perovskite that can be brought to the [1-10] zone.
  case notPerovskite(path: String, reason: String)
  case unwritable(path: String, reason: String)

  public var category: ErrorCategory {
    switch self {
    case .unreadable: .noInput
    case .unwritable: .inputOutput
    default: .badData
    }
  }

  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read structure \(path): \(reason)"
    case .tooLarge(let path, let bytes, let limit): "\(path): \(bytes) bytes; a structure has at most \(limit)"
    case .malformed(let path, let line, let expected, let found):
      "\(path)\(line.map { ":\($0)" } ?? ""): expected \(expected), found \(found)"
    case .missing(let path, let what): "\(path): no \(what)"
    case .unsupported(let path, let what): "\(path): \(what)"
    case .notPerovskite(let path, let reason): "\(path): not a perovskite ABO3 with corner-sharing octahedra: \(reason)"
    case .unwritable(let path, let reason): "cannot write structure \(path): \(reason)"
    }
  }
}
