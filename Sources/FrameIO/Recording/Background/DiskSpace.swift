// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// What room a disk has.
public enum DiskSpace {
  /// Bytes that a program without privileges may still write to the disk of `path`; nil when the system does not say.
  public static func freeByteCount(at path: String) -> Int? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    return overflow ? .max : Int(clamping: bytes)
  }
}
