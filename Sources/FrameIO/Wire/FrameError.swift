// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Why a message is not a frame.
public enum FrameError: DiagnosableError, Equatable {
  case partCount(found: Int)
  case headerTooLarge(byteCount: Int)
  case headerTruncated(byteCount: Int)
  case headerMalformed(offset: Int)
  case headerTooDeep(offset: Int)
  case headerNotUTF8
  case missingField(String)
  case invalidField(String, found: String, expected: String)
  case unknownMessageType(String)
  case unsupportedPixelType(String)
  case unsupportedEncoding(String)
  case sizeOutOfRange(width: Int, height: Int)
  case byteCountMismatch(width: Int, height: Int, pixelType: PixelType, found: Int)

  /// A short fixed word for counters and events; several facts may share one.
  public var reason: String {
    switch self {
    case .partCount: "part-count"
    case .headerTooLarge: "oversized-header"
    case .headerTruncated: "truncated-header"
    case .headerMalformed, .headerTooDeep: "malformed-header"
    case .headerNotUTF8: "header-encoding"
    case .missingField: "missing-field"
    case .invalidField: "bad-field"
    case .unknownMessageType: "htype"
    case .unsupportedPixelType: "dtype"
    case .unsupportedEncoding: "encoding"
    case .sizeOutOfRange(let width, let height):
      max(width, height) > FrameDecoder.sides.upperBound ? "oversized" : "undersized"
    case .byteCountMismatch: "shape-mismatch"
    }
  }

  public var category: ErrorCategory { .badData }

  public var description: String {
    switch self {
    case .partCount(let found): "message of \(found) parts, expected [topic] header pixels"
    case .headerTooLarge(let count): "header of \(count) bytes, expected at most \(FrameDecoder.largestHeader)"
    case .headerTruncated(let count): "header ends early, after \(count) bytes"
    case .headerMalformed(let offset): "header is not JSON at byte \(offset)"
    case .headerTooDeep(let offset): "header nests deeper than \(JSONScanner.largestDepth) levels at byte \(offset)"
    case .headerNotUTF8: "header is not UTF-8"
    case .missingField(let name): "header without \(name)"
    case .invalidField(let name, let found, let expected): "header field \(name) is \(found), expected \(expected)"
    case .unknownMessageType(let found): "message of type \(found), expected array-1.0 or series_end-1.0"
    case .unsupportedPixelType(let found):
      "pixels of type \(found), expected one of \(PixelType.allCases.map(\.rawValue).joined(separator: ", "))"
    case .unsupportedEncoding(let found): "pixels encoded as \(found), expected raw pixels (encoding none)"
    case .sizeOutOfRange(let width, let height):
      "frame of \(width) x \(height) pixels, expected \(FrameDecoder.sides.lowerBound) to "
        + "\(FrameDecoder.sides.upperBound) a side"
    case .byteCountMismatch(let width, let height, let type, let found):
      "\(found) bytes of pixels, expected \(width * height * type.byteCount) for \(width) x \(height) \(type.rawValue)"
    }
  }
}
