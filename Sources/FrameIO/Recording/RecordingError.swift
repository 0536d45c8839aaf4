// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Why a recording could not be read or written.
public enum RecordingError: DiagnosableError, Equatable {
  case cannotOpen(path: String, reason: String)
  case notARecording(path: String)
  case damaged(path: String, offset: Int, reason: String)
  case unsupportedCompression(path: String, offset: Int, found: String)
  case cannotRead(path: String, reason: String)
  case cannotWrite(path: String, reason: String)
  /// The file that a recording would be written to is there already.
  case unfinished(path: String)
  case messageTooLarge(path: String, byteCount: Int, limit: Int)
  /// The disk has less room than is to stay free and the next chunk needs.
  case diskShort(path: String, freeByteCount: Int, neededByteCount: Int)
  case nothingToRecover(path: String)
  /// There is nothing to replay.
  case noMessages(path: String, otherMessages: Int)

  public var category: ErrorCategory {
    switch self {
    case .cannotOpen: .noInput
    case .notARecording, .damaged, .unsupportedCompression, .noMessages, .nothingToRecover, .messageTooLarge: .badData
    case .cannotRead, .cannotWrite, .unfinished, .diskShort: .inputOutput
    }
  }

  public var description: String {
    switch self {
    case .cannotOpen(let path, let reason): "\(path): cannot open: \(reason)"
    case .notARecording(let path): "\(path): not an MCAP recording: its first eight bytes are not MCAP's"
    case .damaged(let path, let offset, let reason): "\(path): damaged recording at byte \(offset): \(reason)"
    case .unsupportedCompression(let path, let offset, let found):
      "\(path): chunk at byte \(offset) is compressed (\(found)), expected zstd, lz4 or no compression"
    case .cannotRead(let path, let reason): "\(path): cannot read: \(reason)"
    case .cannotWrite(let path, let reason): "\(path): cannot write: \(reason)"
    case .unfinished(let path):
      "\(path): is there already, an unfinished recording; `glazer recover` makes a whole one of it, or remove it"
    case .messageTooLarge(let path, let byteCount, let limit):
      "\(path): message of \(byteCount) bytes, expected at most \(limit)"
    case .diskShort(let path, let free, let needed):
      "\(path): the disk is short: \(free >> 20) MiB free, expected more than \(needed >> 20) MiB"
    case .nothingToRecover(let path): "\(path): not one whole message in it, nothing was written"
    case .noMessages(let path, let others):
      "\(path): no message of encoding \(MCAP.messageEncoding) in the recording"
        + (others > 0 ? " (\(others) of other encodings)" : "")
    }
  }
}
