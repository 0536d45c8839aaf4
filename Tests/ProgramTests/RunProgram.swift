// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// Runs a program that was built with these tests and returns what it said.
struct RunProgram {
  let code: Int32
  let output: String
  let errors: String

  init(_ name: String, _ arguments: [String], directory: String? = nil) throws {
    let process = Process()
    process.executableURL = Self.folder.appendingPathComponent(name)
    process.arguments = arguments
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    // Files, not pipes: a program that says much must not wait for a reader.
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("glazer-run-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = ["out", "err"].map(folder.appendingPathComponent)
    for file in files { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try process.run()
    process.waitUntilExit()
    code = process.terminationStatus
    output = try String(contentsOf: files[0], encoding: .utf8)
    errors = try String(contentsOf: files[1], encoding: .utf8)
  }

  /// Programs lie beside the test bundle, which is the running executable's folder or one above it.
  private static let folder: URL = {
    let start = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    let above = start.deletingLastPathComponent()
    let hasProgram = { (url: URL) in
      FileManager.default.isExecutableFile(atPath: url.appendingPathComponent("glazer").path)
    }
    return [start, above].first(where: hasProgram) ?? start
  }()
}
