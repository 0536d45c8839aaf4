// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Why a model file was refused. `file` is its path; the rest says where in it, what was expected and what was found.
public enum ModelFileError: DiagnosableError, Equatable {
  case cannotRead(file: String, reason: String)
  case cannotWrite(file: String, reason: String)
  case tooLarge(file: String, bytes: Int, limit: Int)
  case truncated(file: String, needed: Int, found: Int)
  case badHeader(file: String, expected: String, found: String)
  case badTensor(file: String, tensor: String, expected: String, found: String)
  case badMetadata(file: String, key: String, expected: String, found: String)
  case digestMismatch(file: String, expected: String, found: String)
  case badArchitecture(place: String, expected: String, found: String)

  public var category: ErrorCategory {
    switch self {
    case .cannotRead: .noInput
    case .cannotWrite: .inputOutput
    default: .badData
    }
  }

  public var description: String {
    switch self {
    case .cannotRead(let file, let reason): "\(file): cannot read the model: \(reason)"
    case .cannotWrite(let file, let reason): "\(file): cannot write the model: \(reason)"
    case .tooLarge(let file, let bytes, let limit):
      "\(file): \(bytes) bytes; a model has at most \(limit)"
    case .truncated(let file, let needed, let found):
      "\(file): the file ends early: \(needed) bytes expected, \(found) found"
    case .badHeader(let file, let expected, let found):
      "\(file): safetensors header: expected \(expected), found \(Self.line(found))"
    case .badTensor(let file, let tensor, let expected, let found):
      "\(file): tensor '\(Self.line(tensor))': expected \(expected), found \(Self.line(found))"
    case .badMetadata(let file, let key, let expected, let found):
      "\(file): metadata '\(key)': expected \(expected), found \(Self.line(found))"
    case .digestMismatch(let file, let expected, let found):
      "\(file): the weights are damaged: sha256 \(Self.line(expected)) expected, \(found) found"
    case .badArchitecture(let place, let expected, let found):
      "network architecture: \(place): expected \(expected), found \(found)"
    }
  }

  /// Text out of a file, short and on one line: a hostile name must not fill a log or forge a line of it.
  private static func line(_ text: String) -> String {
    let limit = 120
    let safe = text.unicodeScalars.prefix(limit).map { $0.properties.generalCategory == .control ? " " : String($0) }
    return safe.joined() + (text.unicodeScalars.count > limit ? "…" : "")
  }
}
