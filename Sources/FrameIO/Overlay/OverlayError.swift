// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Why a message is not an overlay that this version reads.
public enum OverlayError: DiagnosableError, Equatable {
  case tooFewParts(found: Int)
  case headerTooLarge(bytes: Int, limit: Int)
  case headerUnreadable(reason: String)
  case wrongType(found: String)
  case tooManyCells(found: Int, limit: Int)
  case columnCountMismatch(announced: Int, parts: Int)
  case columnMissing(name: String)
  case columnRepeated(name: String)
  case columnTypeMismatch(name: String, expected: String, found: String)
  case columnSizeMismatch(name: String, expectedBytes: Int, foundBytes: Int)
  case previewSizeMismatch(expectedBytes: Int, foundBytes: Int)

  public var category: ErrorCategory { .badData }

  public var description: String {
    switch self {
    case .tooFewParts(let found):
      "overlay message has \(found) parts, expected a topic, a JSON header and its columns"
    case .headerTooLarge(let bytes, let limit): "overlay header has \(bytes) bytes, at most \(limit) are read"
    case .headerUnreadable(let reason): "overlay header: \(reason)"
    case .wrongType(let found): "htype is \"\(found.prefix(60))\", expected \"\(OverlayHeader.htype)\""
    case .tooManyCells(let found, let limit): "overlay announces \(found) cells, expected 0 to \(limit)"
    case .columnCountMismatch(let announced, let parts):
      "overlay announces \(announced) columns and has \(parts) column parts"
    case .columnMissing(let name): "overlay has no column \"\(name)\""
    case .columnRepeated(let name): "overlay has column \"\(name)\" twice"
    case .columnTypeMismatch(let name, let expected, let found):
      "overlay column \"\(name)\" is \(found.prefix(20)), expected \(expected)"
    case .columnSizeMismatch(let name, let expected, let found):
      "overlay column \"\(name)\" has \(found) bytes, expected \(expected)"
    case .previewSizeMismatch(let expected, let found): "preview has \(found) bytes, its header says \(expected)"
    }
  }
}
