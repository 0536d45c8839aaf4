// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Why a message is not a frame.
public enum FrameError: DiagnosableError, Equatable {
  case partCount(found: Int, expected: String)
  /// Python's own serialisation, which runs code when it is read; it never is.
  case pickle(byteCount: Int)
  case headerTooLarge(byteCount: Int)
  case headerTruncated(byteCount: Int)
  case headerMalformed(offset: Int)
  case headerTooDeep(offset: Int)
  case headerNotUTF8
  case missingField(String)
  case invalidField(String, found: String, expected: String)
  case unknownMessageType(String, expected: String)
  case unsupportedPixelType(String)
  case unsupportedEncoding(String)
  case sizeOutOfRange(width: Int, height: Int)
  case byteCountMismatch(width: Int, height: Int, pixelType: PixelType, found: Int)
  case cborTruncated(offset: Int)
  case cborMalformed(offset: Int, expected: String)
  case cborTooDeep(offset: Int)
  case unsupportedArray(String, expected: String)
  case compression(String, expected: String)
  case unknownChannel(String, expected: String)
  /// A message of a series that is over, or of another one than the source has announced.
  case leftover(series: String, running: String?)

  public var category: ErrorCategory { .badData }

  /// A name on one line.
  private static func shown(_ name: String) -> String { name.prefix(60).onOneLine }

  public var description: String {
    switch self {
    case .partCount(let found, let expected): "message of \(found) parts, expected \(expected)"
    case .pickle(let count):
      "a Python pickle of \(count) bytes, which is never read; expected a JSON header and raw pixels (send_array), or CBOR"
    case .headerTooLarge(let count): "header of \(count) bytes, expected at most \(FrameDecoder.largestHeader)"
    case .headerTruncated(let count): "header ends early, after \(count) bytes"
    case .headerMalformed(let offset): "header is not JSON at byte \(offset)"
    case .headerTooDeep(let offset): "header nests deeper than \(JSONScanner.largestDepth) levels at byte \(offset)"
    case .headerNotUTF8: "header is not UTF-8"
    case .missingField(let name): "header without \(name)"
    case .invalidField(let name, let found, let expected): "header field \(name) is \(found), expected \(expected)"
    case .unknownMessageType(let found, let expected): "message of type \(found), expected \(expected)"
    case .unsupportedPixelType(let found):
      "pixels of type \(found), expected one of \(PixelType.allCases.map(\.rawValue).joined(separator: ", "))"
    case .unsupportedEncoding(let found): "pixels encoded as \(found), expected raw pixels (encoding none)"
    case .sizeOutOfRange(let width, let height):
      "frame of \(width) x \(height) pixels, expected \(FrameDecoder.sides.lowerBound) to "
        + "\(FrameDecoder.sides.upperBound) a side"
    case .cborTruncated(let offset): "CBOR ends early, at byte \(offset)"
    case .cborMalformed(let offset, let expected): "CBOR at byte \(offset) is not \(expected)"
    case .cborTooDeep(let offset): "CBOR nests deeper than \(CBORReader.largestDepth) levels at byte \(offset)"
    case .unsupportedArray(let found, let expected): "array is \(found), expected \(expected)"
    case .compression(let found, let expected): "compressed pixels: \(found), expected \(expected)"
    case .unknownChannel(let name, let expected): "no channel \(name), expected \(expected)"
    case .leftover(let series, let running):
      running.map { "leftover of series \(Self.shown(series)) while series \(Self.shown($0)) runs" }
        ?? "leftover of series \(Self.shown(series)), which is over"
    case .byteCountMismatch(let width, let height, let type, let found):
      "\(found) bytes of pixels, expected \(width * height * type.byteCount) for \(width) x \(height) \(type.rawValue)"
    }
  }
}
