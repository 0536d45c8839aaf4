// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Foundation
import GlazerCore

/// Runs the body of a subcommand; an error that glazer knows becomes one line on stderr and its sysexits.h code.
func reportingErrors<Result>(_ body: () async throws -> Result) async throws -> Result {
  do {
    return try await body()
  } catch let error as any DiagnosableError {
    FileHandle.standardError.write(Data("glazer: \(error.description)\n".utf8))
    throw ExitCode(error.category.exitCode)
  }
}
