// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// glazer-agent, which is built and installed beside this program.
enum AgentProgram {
  static var path: String {
    (Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0]))
      .resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent("glazer-agent").path
  }

  static var isThere: Bool { FileManager.default.isExecutableFile(atPath: path) }
}

/// Another program, run to its end.
enum Subprocess {
  struct Outcome {
    var code: Int32
    var output: String
    var errors: String
  }

  /// Nil where it cannot be started. For programs that write little: what they write is read when they have ended.
  static func run(_ path: String, _ arguments: [String]) -> Outcome? {
    let process = Process()
    let (output, errors) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    guard (try? process.run()) != nil else { return nil }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Outcome(code: process.terminationStatus, output: text, errors: complaint)
  }
}
