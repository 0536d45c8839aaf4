// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Foundation
import GlazerCore

/// Work that a signal ended before it was done.
struct Interruption: Error {
  /// What was stopped, and how far it was.
  let what: String
  /// What becomes of that; both in one line.
  var rest = "nothing is kept"
}

/// Runs the body of a subcommand; an error that glazer knows becomes one line on stderr and its sysexits.h code, an
/// interruption the code of its signal.
func reportingErrors<Result>(_ body: () async throws -> Result) async throws -> Result {
  do {
    let result = try await body()
    try StandardOutput.check()
    return result
  } catch let error as any DiagnosableError {
    FileHandle.standardError.write(Data("glazer: \(error.description.onOneLine)\n".utf8))
    throw ExitCode(error.category.exitCode)
  } catch let error as ValidationError {
    // Thrown out of a command that runs: ArgumentParser would show the usage of the program as a whole.
    FileHandle.standardError.write(Data("glazer: \(error.message.onOneLine)\n".utf8))
    throw ExitCode(ErrorCategory.usage.exitCode)
  } catch let interruption as Interruption {
    FileHandle.standardError.write(Data("glazer: \(interruption.what); \(interruption.rest)\n".utf8))
    throw ExitCode(StopSignals.exitCode)
  }
}
