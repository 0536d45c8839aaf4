// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// A new empty directory that goes away with the value.
public final class TemporaryDirectory {
  public let path: String

  public init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("glazer-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  public func file(_ name: String) -> String { path + "/" + name }

  /// Makes a named pipe: something that is no regular file and that needs no rights to make.
  public func pipe(_ name: String) -> String {
    mkfifo(file(name), 0o600)
    return file(name)
  }

  public func isPipe(_ name: String) -> Bool {
    var status = stat()
    return lstat(file(name), &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
  }
}
