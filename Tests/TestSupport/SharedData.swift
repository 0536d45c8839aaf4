// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// Third-party data beside the repository, present on some machines only. Tests use `.enabled(if:)` with these, so that a
/// skipped test says why.
public enum SharedData {
  /// Root of the repository, from this file's own path.
  public static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  public static let reference = repository.appendingPathComponent("../shared/refdata").standardizedFileURL
  public static let micrographs = repository.appendingPathComponent("../shared/realdata").standardizedFileURL

  public static var hasReference: Bool { exists(reference) }
  public static var hasMicrographs: Bool { exists(micrographs) }

  private static func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }
}
