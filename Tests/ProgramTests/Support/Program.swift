// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport

/// A built program, run as a person would.
final class Program: @unchecked Sendable {
  struct Result {
    var code: Int32
    var output: String
    var errors: String
  }

  private let process = Process()
  private let directory: TemporaryDirectory
  private let output: String
  private let errors: String

  /// Starts `name` from the build directory, or a program of the system by its path. Output goes to files, so that a
  /// program that writes much never waits for its reader.
  init(
    _ name: String, _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:]
  ) throws {
    directory = try TemporaryDirectory()
    (output, errors) = (directory.file("output"), directory.file("errors"))
    let isPath = name.hasPrefix("/")
    process.executableURL = isPath ? URL(fileURLWithPath: name) : Self.products.appendingPathComponent(name)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try Self.create(output)
    process.standardError = try Self.create(errors)
    try process.run()
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  /// Runs to the end; a program that does not end within `seconds`, which only guard against hanging, is killed and has code −1.
  static func run(_ name: String, _ arguments: String..., seconds: Double = 120) throws -> Result {
    try Program(name, arguments).result(seconds: seconds)
  }

  func result(seconds: Double = 120) -> Result {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while process.isRunning, ContinuousClock.now < deadline { Thread.sleep(forTimeInterval: 0.01) }
    let isLate = process.isRunning
    if isLate { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    return Result(code: isLate ? -1 : process.terminationStatus, output: read(output), errors: read(errors))
  }

  static func path(of name: String) -> String { products.appendingPathComponent(name).path }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }
  func terminate() { process.terminate() }
  func interrupt() { process.interrupt() }
  var processIdentifier: Int32 { process.processIdentifier }
  var isRunning: Bool { process.isRunning }

  /// What it has written so far.
  var outputSoFar: String { read(output) }
  var errorsSoFar: String { read(errors) }

  /// Waits until `condition` holds; false after `seconds` or when the program has ended.
  func waits(seconds: Double = 20, until condition: (Program) -> Bool) -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
      if condition(self) { return true }
      if !isRunning { return condition(self) }
      Thread.sleep(forTimeInterval: 0.02)
    }
    return false
  }

  /// Where a built program lies.
  static func path(_ name: String) -> String { products.appendingPathComponent(name).path }

  /// The directory that holds the test bundle and the programs built with it.
  private static let products: URL = {
    let test = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(fileURLWithPath: test ?? CommandLine.arguments[0]).deletingLastPathComponent()
  }()

  private static func create(_ path: String) throws -> FileHandle {
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
  }

  private func read(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }
}

/// A TCP port of this machine that nobody listens on at this moment.
func freePort() throws -> UInt16 {
  struct NoPort: Error {}
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = inet_addr("127.0.0.1")
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let isBound = withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
    }
  }
  guard descriptor >= 0, isBound else { throw NoPort() }
  return UInt16(bigEndian: address.sin_port)
}
