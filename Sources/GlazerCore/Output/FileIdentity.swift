// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// Which file a path leads to, whatever names, links and dots lead there.
enum FileIdentity: Hashable {
  case file(device: dev_t, number: ino_t)
  /// Nothing is there yet: the folder and the name in it.
  case name(folder: ino_t, device: dev_t, name: String)

  /// nil where neither the file nor its folder is there.
  init?(_ path: String) {
    var status = stat()
    if stat(path, &status) == 0 {
      self = .file(device: status.st_dev, number: status.st_ino)
      return
    }
    let slash = path.lastIndex(of: "/")
    guard stat(slash.map { String(path[...$0]) } ?? ".", &status) == 0 else { return nil }
    self = .name(
      folder: status.st_ino, device: status.st_dev,
      name: String(slash.map { path[path.index(after: $0)...] } ?? path[...]))
  }
}
