// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// A place beside the final path, for outputs that a library writes by name: renamed when they are whole, so that nobody ever sees half
/// a file under its final name.
struct StagedFile {
  let path: String
  /// Why nothing can be written there: what is there is no regular file.
  let refusal: String?
  private let target: String
  private let mode: mode_t?

  init(for finalPath: String) {
    do throws(UnwritableFile) {
      let place = try OutputPlace(finalPath)
      (target, mode, refusal) = (place.target, place.mode, nil)
    } catch {
      (target, mode, refusal) = (finalPath, nil, error.reason)
    }
    path = "\(target).\(getpid()).part"
  }

  /// Renames to the final path; returns the reason when that fails (the staged file is removed then).
  func commit() -> String? {
    if let mode { chmod(path, mode) }
    guard rename(path, target) == 0 else {
      let reason = String(cString: strerror(errno))
      discard()
      return reason
    }
    return nil
  }

  func discard() { unlink(path) }
}
