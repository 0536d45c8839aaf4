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
  /// There is nothing to replay.
  case noMessages(path: String, otherMessages: Int)

  public var category: ErrorCategory {
    switch self {
    case .cannotOpen: .noInput
    case .notARecording, .damaged, .unsupportedCompression, .noMessages: .badData
    case .cannotRead, .cannotWrite: .inputOutput
    }
  }

  public var description: String {
    switch self {
    case .cannotOpen(let path, let reason): "\(path): cannot open: \(reason)"
    case .notARecording(let path): "\(path): not an MCAP recording: its first eight bytes are not MCAP's"
    case .damaged(let path, let offset, let reason): "\(path): damaged recording at byte \(offset): \(reason)"
    case .unsupportedCompression(let path, let offset, let found):
      "\(path): chunk at byte \(offset) is compressed (\(found)), expected chunks without compression"
    case .cannotRead(let path, let reason): "\(path): cannot read: \(reason)"
    case .cannotWrite(let path, let reason): "\(path): cannot write: \(reason)"
    case .noMessages(let path, let others):
      "\(path): no message of encoding \(MCAP.messageEncoding) in the recording"
        + (others > 0 ? " (\(others) of other encodings)" : "")
    }
  }
}
