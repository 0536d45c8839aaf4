// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Why a structure file was refused.
public enum StructureError: DiagnosableError {
  case unreadable(path: String, reason: String)
  case tooLarge(path: String, bytes: Int, limit: Int)
  case malformed(path: String, line: Int?, expected: String, found: String)
  case missing(path: String, what: String)
  case unsupported(path: String, what: String)

  public var category: ErrorCategory {
    if case .unreadable = self { return .noInput }
    return .badData
  }

  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read structure \(path): \(reason)"
    case .tooLarge(let path, let bytes, let limit): "\(path): \(bytes) bytes; a structure has at most \(limit)"
    case .malformed(let path, let line, let expected, let found):
      "\(path)\(line.map { ":\($0)" } ?? ""): expected \(expected), found \(found)"
    case .missing(let path, let what): "\(path): no \(what)"
    case .unsupported(let path, let what): "\(path): \(what)"
    }
  }
}
