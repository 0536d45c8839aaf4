// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Why a stream came to nothing.
public enum StreamError: DiagnosableError, Equatable {
  case nothingReceived(endpoint: String)

  public var category: ErrorCategory { .unavailable }

  public var description: String {
    switch self {
    case .nothingReceived(let endpoint):
      "\(endpoint): no message came; expected a publisher there (no file was written)"
    }
  }
}
