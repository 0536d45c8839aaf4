// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// An output larger than memory: written piece by piece aside, and renamed when it is whole.
final class StagedOutput {
  private let path: String
  private let stagedPath: String
  private let handle: FileHandle

  init(path: String) throws {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw OutputFile(path: path, reason: "it is there and no regular file")
    }
    self.path = path
    stagedPath = "\(path).\(getpid()).part"
    let descriptor = open(stagedPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw OutputFile(path: path, reason: String(cString: strerror(errno))) }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Removes what was not committed.
  deinit { unlink(stagedPath) }

  func write(_ data: Data) throws {
    do {
      try handle.write(contentsOf: data)
    } catch {
      throw OutputFile(path: path, reason: error.localizedDescription)
    }
  }

  func write(_ text: String) throws { try write(Data(text.utf8)) }

  func commit() throws {
    guard rename(stagedPath, path) == 0 else {
      throw OutputFile(path: path, reason: String(cString: strerror(errno)))
    }
  }
}
