// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// The Python on the PATH, for tests against other people's packages.
enum Python {
  static let hasZeroMQ = (try? run("import zmq")) != nil
  static let hasMCAP = (try? run("import mcap")) != nil

  struct Failure: Error { var output: String }

  /// Runs a script; returns what it printed.
  @discardableResult
  static func run(_ script: String, _ arguments: [String] = []) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(output: output) }
    return output
  }
}
