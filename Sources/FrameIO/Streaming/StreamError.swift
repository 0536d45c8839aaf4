// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import ZeroMQ

/// Why a stream came to nothing.
public enum StreamError: DiagnosableError, Equatable {
  /// `largestPart` in bytes; a source that sends a larger one is cut off.
  case nothingReceived(endpoint: String, progress: StreamProgress, largestPart: Int)

  public var category: ErrorCategory { .unavailable }

  public var description: String {
    switch self {
    case .nothingReceived(let endpoint, let progress, let largestPart):
      if progress.cutOffs > 0 {
        "\(endpoint): no message came whole; expected parts of at most \(largestPart) bytes in ZeroMQ's protocol, "
          + "found others and cut the source off \(progress.cutOffs) times (no file was written)"
      } else if progress.droppedMessages > 0 {
        "\(endpoint): no message could be recorded; expected at most \(Multipart.largestPartCount) parts, found more in "
          + "\(progress.droppedMessages) (no file was written)"
      } else {
        "\(endpoint): no message came; expected a publisher there (no file was written)"
      }
    }
  }
}
