// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import ZeroMQ

/// Why what an operator asked for is not secure, or cannot be done.
public enum SecurityError: DiagnosableError, Equatable {
  /// `setting` is the key of agent.toml or the option that names the file.
  case key(CurveKeyError, setting: String)
  /// A setting that is good for nothing without another one.
  case missing(setting: String, neededBy: String)
  /// A setting that would change nothing: somebody may believe that it protects.
  case unused(setting: String, why: String)
  /// A listening endpoint that other machines reach, without encryption. `allow` is how to want that.
  case exposed(endpoint: String, setting: String, encrypt: String, allow: String)

  public var category: ErrorCategory {
    if case .key(let error, _) = self { error.category } else { .configuration }
  }

  public var description: String {
    switch self {
    case .key(let error, let setting): "\(setting): \(error.description)"
    case .missing(let setting, let neededBy):
      "\(neededBy) needs \(setting): the own key pair; `glazer keygen` makes one"
    case .unused(let setting, let why): "\(setting) would protect nothing: \(why)"
    case .exposed(let endpoint, let setting, let encrypt, let allow):
      "\(setting) \(endpoint) is open to other machines and not encrypted; expected 127.0.0.1, \(encrypt), "
        + "or \(allow) on a network that everybody on it may trust"
    }
  }
}

/// Here and not in ZeroMQ, which knows nothing of glazer.
extension CurveKeyError: DiagnosableError {
  public var category: ErrorCategory {
    switch self {
    case .unreadable: .noInput
    case .badName, .exists: .usage
    case .cannotWrite: .inputOutput
    case .unsupported: .unavailable
    default: .configuration
    }
  }
}
