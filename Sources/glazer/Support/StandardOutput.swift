// SPDX-License-Identifier: GPL-3.0-or-later
@preconcurrency import Foundation
import GlazerCore

/// What `print` writes to.
enum StandardOutput {
  private static let name = "standard output"

  /// All of `bytes`, past what `print` keeps back.
  static func write(_ bytes: Data) throws(UnwritableFile) {
    do {
      try FileHandle.standardOutput.write(contentsOf: bytes)
    } catch {
      throw UnwritableFile(path: name, reason: String(cString: strerror(errno)))
    }
  }

  /// Throws where something that was printed did not arrive: a full disk must not pass for success. After the last line.
  static func check() throws(UnwritableFile) {
    guard fflush(stdout) == 0, ferror(stdout) == 0 else {
      throw UnwritableFile(path: name, reason: errno == 0 ? "something was lost" : String(cString: strerror(errno)))
    }
  }
}
