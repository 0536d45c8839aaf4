// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// A place beside the final path: an output is written there and renamed when it is whole, so that nobody ever sees half
/// a file under its final name.
struct StagedFile {
  let finalPath: String
  let path: String

  init(for finalPath: String) {
    self.finalPath = finalPath
    self.path = "\(finalPath).\(getpid()).part"
  }

  /// Renames to the final path; returns the reason when that fails (the staged file is removed then).
  func commit() -> String? {
    guard rename(path, finalPath) == 0 else {
      let reason = String(cString: strerror(errno))
      discard()
      return reason
    }
    return nil
  }

  func discard() { unlink(path) }
}
