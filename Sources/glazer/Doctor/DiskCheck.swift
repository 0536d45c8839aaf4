// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// How fast the disk takes a recording, and how much of one it holds.
struct DiskCheck {
  /// Where recordings go.
  var folder: String
  /// What frames bring, bytes per second.
  var wantedBytesPerS: Double

  static let blockBytes = 4 << 20
  static let blockCount = 16

  func run() -> Finding {
    let path = "\(folder)/.glazer-doctor-\(getpid())"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      return .fail(
        "disk", "\(folder): \(String(cString: strerror(errno)))", "give --recordings a folder that can be written to")
    }
    // Whatever happens to this program, the file has no name any more.
    unlink(path)
    defer { close(descriptor) }
    var file = statvfs()
    let free = fstatvfs(descriptor, &file) == 0 ? Double(file.f_bavail) * Double(file.f_frsize) : .nan
    guard free.isNaN || free > 2 * Double(Self.blockBytes * Self.blockCount) else {
      return .fail("disk", "\(folder): \(Self.shown(free)) free", "no room for recordings: free some")
    }
    guard let bytesPerS = write(descriptor) else {
      return .fail("disk", "\(folder): \(String(cString: strerror(errno)))", "look at the disk: dmesg, smartctl")
    }
    let facts =
      "\(folder): \(Self.shown(bytesPerS))/s written and synced, \(Self.shown(free)) free, "
      + "which is \(Self.hours(free / wantedBytesPerS)) of recording at \(Self.shown(wantedBytesPerS))/s"
    if bytesPerS < 1.5 * wantedBytesPerS {
      return .warn(
        "disk", facts, "recordings will lose frames (processing never waits for the disk): take a faster disk")
    }
    return free / wantedBytesPerS < 3600
      ? .warn("disk", facts, "less than an hour: free some, or let recordings rotate") : .ok("disk", facts)
  }

  /// Bytes per second until the disk has them; nil on an error.
  private func write(_ descriptor: Int32) -> Double? {
    // Noise: a file system that compresses must not look faster than it is.
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    let block = (0..<Self.blockBytes / 8).map { _ -> UInt64 in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
    let start = ContinuousClock.now
    for _ in 0..<Self.blockCount {
      let written = block.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      guard written == Self.blockBytes else { return nil }
    }
    guard fdatasync(descriptor) == 0 else { return nil }
    return Double(Self.blockBytes * Self.blockCount) / (start.duration(to: .now) / .seconds(1))
  }

  static func shown(_ bytes: Double) -> String {
    guard bytes.isFinite else { return "unknown" }
    return bytes >= 1e9 ? String(format: "%.1f GB", bytes / 1e9) : String(format: "%.0f MB", bytes / 1e6)
  }

  private static func hours(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "unknown" }
    return seconds < 3600 ? String(format: "%.0f min", seconds / 60) : String(format: "%.1f h", seconds / 3600)
  }
}
