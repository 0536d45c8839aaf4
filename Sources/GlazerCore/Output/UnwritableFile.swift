// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// An output that cannot be written: which one, and why.
public struct UnwritableFile: DiagnosableError, Equatable {
  public let path: String
  public let reason: String

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// For what the last call of the system says.
  init(path: String, number: Int32) { self.init(path: path, reason: String(cString: strerror(number))) }

  public var category: ErrorCategory { .inputOutput }
  public var description: String { "\(path): cannot write: \(reason)" }
}
