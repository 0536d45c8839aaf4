// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// Where an output is to stand: where nothing is yet, or over a regular file. A renaming would put a file in the place of a
/// device or a pipe.
public struct OutputPlace: Sendable {
  /// As it was asked for: errors name it.
  public let path: String
  /// Where it leads. A link stays one (`/dev/stdout` is one), and what it names is replaced.
  public let target: String
  /// Permissions of the file that is replaced, which its successor keeps.
  public let mode: mode_t?

  public init(_ path: String) throws(UnwritableFile) {
    guard !path.isEmpty else { throw UnwritableFile(path: "''", reason: "a name is wanted") }
    // Elsewhere it is standard output; a file of that name is not what was meant.
    guard path != "-" else { throw UnwritableFile(path: path, reason: "a name is wanted (./- is one)") }
    var status = stat()
    self.path = path
    guard stat(path, &status) == 0 else {
      guard lstat(path, &status) != 0 else { throw UnwritableFile(path: path, reason: "it is a link to nothing") }
      (target, mode) = (path, nil)
      return
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw UnwritableFile(path: path, reason: "it is there and no regular file")
    }
    guard let resolved = realpath(path, nil) else { throw UnwritableFile(path: path, number: errno) }
    defer { free(resolved) }
    (target, mode) = (String(cString: resolved), status.st_mode & 0o777)
  }

  /// Throws where its folder is missing or takes no new file.
  func checkFolder() throws(UnwritableFile) {
    guard access(folder, W_OK | X_OK) == 0 else { throw UnwritableFile(path: path, number: errno) }
  }

  var folder: String { (target.lastIndex(of: "/").map { String(target[...$0]) } ?? "./") + "." }
}
