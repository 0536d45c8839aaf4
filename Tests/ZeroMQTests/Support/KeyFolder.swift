// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// A folder of its own, removed at the end.
final class KeyFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "glazer-keys-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and gives its path.
  func file(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
    let file = path + "/" + name
    try text.write(toFile: file, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    return file
  }

  func mode(_ file: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int ?? -1
  }
}

/// pyzmq, where it is installed.
enum Pyzmq {
  static let isThere = (try? run("import zmq.auth\nassert zmq.has('curve')")) != nil

  struct Failure: Error { var output: String }

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
