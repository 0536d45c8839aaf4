// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Why a configuration file is refused; `line` counts from 1, and is nil where it could not be told.
enum ConfigurationError: DiagnosableError, Equatable {
  case unreadable(path: String, reason: String)
  case tooLarge(path: String, bytes: Int, limit: Int)
  case syntax(path: String, line: Int, reason: String)
  case unknownKey(path: String, line: Int?, key: String, nearest: String?)
  case wrongType(path: String, line: Int?, key: String, found: String, expected: String)
  case outOfRange(path: String, line: Int?, key: String, found: String, expected: String)
  case noProfile(path: String, line: Int?, name: String, lookedAt: String, nearest: String?)
  case nestedProfiles(path: String, line: Int?)

  var category: ErrorCategory {
    switch self {
    case .unreadable: .noInput
    default: .configuration
    }
  }

  var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .tooLarge(let path, let bytes, let limit): "\(path): \(bytes) bytes, expected at most \(limit)"
    case .syntax(let path, let line, let reason): "\(path):\(line): not TOML: \(reason)"
    case .unknownKey(let path, let line, let key, let nearest):
      "\(Self.place(path, line)): unknown key \"\(key)\""
        + (nearest.map { ", did you mean \"\($0)\"?" } ?? "; firmware-config/agent.toml lists them all")
    case .wrongType(let path, let line, let key, let found, let expected),
      .outOfRange(let path, let line, let key, let found, let expected):
      "\(Self.place(path, line)): \(key) is \(found), expected \(expected)"
    case .noProfile(let path, let line, let name, let lookedAt, let nearest):
      "\(Self.place(path, line)): no profile \"\(name)\", expected a file \(lookedAt)"
        + (nearest.map { "; did you mean \"\($0)\"?" } ?? "")
    case .nestedProfiles(let path, let line):
      "\(Self.place(path, line)): a profile cannot ask for profiles; only agent.toml and --profile do"
    }
  }

  private static func place(_ path: String, _ line: Int?) -> String { line.map { "\(path):\($0)" } ?? path }
}
