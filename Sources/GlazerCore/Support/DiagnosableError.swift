// SPDX-License-Identifier: GPL-3.0-or-later

/// What kind of thing went wrong, and the exit code (sysexits.h) a program ends with because of it.
public enum ErrorCategory: Int32, Sendable {
  case usage = 64
  case badData = 65
  case noInput = 66
  case unavailable = 69
  case inputOutput = 74
  case configuration = 78

  public var exitCode: Int32 { rawValue }
}

/// An error that a person can act on: `description` is one line that says what was wrong, where, and what was expected.
public protocol DiagnosableError: Error, CustomStringConvertible, Sendable {
  var category: ErrorCategory { get }
}
