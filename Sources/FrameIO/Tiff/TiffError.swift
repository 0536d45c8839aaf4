// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Why a TIFF file could not be read or written. Pages count from 0.
public enum TiffError: DiagnosableError, Equatable {
  case cannotOpen(path: String, reason: String)
  case notTiff(path: String, reason: String)
  case damaged(path: String, page: Int, reason: String)
  case unsupported(path: String, page: Int, found: String, expected: String)
  case tooLarge(path: String, page: Int, width: Int, height: Int)
  case noSuchPage(path: String, page: Int, pageCount: Int)
  case cannotWrite(path: String, reason: String)

  public var category: ErrorCategory {
    switch self {
    case .cannotOpen: .noInput
    case .notTiff, .damaged, .unsupported, .tooLarge: .badData
    case .noSuchPage: .usage
    case .cannotWrite: .inputOutput
    }
  }

  public var description: String {
    switch self {
    case .cannotOpen(let path, let reason): "\(path): cannot open: \(reason)"
    case .notTiff(let path, let reason): "\(path): not a TIFF file: \(reason)"
    case .damaged(let path, let page, let reason): "\(path): page \(page): damaged or truncated TIFF: \(reason)"
    case .unsupported(let path, let page, let found, let expected):
      "\(path): page \(page): found \(found), expected \(expected)"
    case .tooLarge(let path, let page, let width, let height):
      "\(path): page \(page): \(width) x \(height) pixels, expected 1 to \(TiffReader.largestSide) a side and at most "
        + "\(TiffReader.largestPixelCount) in all"
    case .noSuchPage(let path, let page, let pageCount):
      "\(path): no page \(page), the file has \(pageCount) (0 to \(pageCount - 1))"
    case .cannotWrite(let path, let reason): "\(path): cannot write: \(reason)"
    }
  }
}
