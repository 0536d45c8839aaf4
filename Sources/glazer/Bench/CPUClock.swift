// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

enum CPUClock {
  /// CPU time that this process has used, seconds.
  static var processSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

enum ProcessMemory {
  /// Resident memory of this process, MiB; NaN where /proc does not tell.
  static var residentMiB: Double {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? .nan
    return pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
  }
}
