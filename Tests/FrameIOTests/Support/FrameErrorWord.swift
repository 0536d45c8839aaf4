// SPDX-License-Identifier: GPL-3.0-or-later
@testable import FrameIO

extension FrameError {
  /// A short word for tables of messages and what comes of them; several facts may share one.
  var reason: String {
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
    case .pickle: "pickle"
    case .cborTruncated: "truncated-cbor"
    case .cborMalformed, .cborTooDeep: "malformed-cbor"
    case .unsupportedArray: "array"
    case .compression: "compression"
    case .unknownChannel: "channel"
    case .leftover: "leftover"
    }
  }
}
