// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import ZeroMQ

/// Here and not in ZeroMQ, which knows nothing of glazer.
extension ZeroMQError: DiagnosableError {
  public var category: ErrorCategory {
    switch self {
    case .endpointInUse, .endpointRefused: .unavailable
    case .invalidEndpoint: .usage
    case .terminated, .failed: .inputOutput
    }
  }
}
