// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// What this process takes of the box, from /proc.
public struct ProcessUsage: Sendable, Equatable {
  /// Unix time.
  public var startTimeS: Double
  public var cpuS: Double
  public var residentBytes: Int
  public var openFiles: Int
  public var threads: Int

  /// Nil where /proc does not tell.
  public static func own() -> ProcessUsage? {
    guard let stat = FileManager.default.contents(atPath: "/proc/self/stat"),
      let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
    else { return nil }
    // One of them is the folder that has just been read.
    return ProcessUsage(stat: String(decoding: stat, as: UTF8.self), bootTimeS: bootTimeS, openFiles: files.count - 1)
  }

  /// From a line of /proc/PID/stat (proc(5)). The program's name stands in brackets and may hold anything.
  init?(stat: String, bootTimeS: Double, openFiles: Int) {
    guard let name = stat.lastIndex(of: ")") else { return nil }
    // The first of these is field 3.
    let fields = stat[stat.index(after: name)...].split(whereSeparator: \.isWhitespace)
    func number(_ field: Int) -> Double? { fields.count > field - 3 ? Double(fields[field - 3]) : nil }
    guard let user = number(14), let system = number(15), let threads = number(20), let start = number(22),
      let pages = number(24)
    else { return nil }
    let ticksPerS = Double(sysconf(Int32(_SC_CLK_TCK)))
    startTimeS = bootTimeS + start / ticksPerS
    cpuS = (user + system) / ticksPerS
    residentBytes = Int(pages) * Int(sysconf(Int32(_SC_PAGESIZE)))
    self.openFiles = openFiles
    self.threads = Int(threads)
  }

  /// By the clocks: of /proc, the agent's sandbox shows processes alone.
  private static var bootTimeS: Double {
    var (wall, sinceBoot) = (timespec(), timespec())
    clock_gettime(CLOCK_REALTIME, &wall)
    clock_gettime(CLOCK_BOOTTIME, &sinceBoot)
    return Double(wall.tv_sec - sinceBoot.tv_sec) + Double(wall.tv_nsec - sinceBoot.tv_nsec) / 1e9
  }
}
