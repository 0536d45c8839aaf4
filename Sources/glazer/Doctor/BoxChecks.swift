// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Inference

/// The machine: processor, memory, clock.
enum BoxChecks {
  static func processor() -> Finding {
    let kernels = KernelSet.best.description
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let model = line("/proc/cpuinfo", "model name").map { ", \($0)" } ?? ""
    let facts = "\(cores) cores\(model), kernels \(kernels)"
    if kernels == KernelSet.scalar.description {
      return .warn(
        "processor", facts,
        "no vector instructions that the network uses: expect a tenth of the speed; take another box")
    }
    if cores < 2 {
      return .warn("processor", facts, "one thread receives and one works: give the agent two cores")
    }
    let governor = text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    let driver = text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_driver") ?? ""
    // With these drivers the processor itself goes to full speed under load, whatever the governor is called.
    if governor == "powersave", !driver.hasPrefix("intel_pstate"), !driver.hasSuffix("epp") {
      return .warn("processor", "\(facts), governor powersave", "cpupower frequency-set -g performance")
    }
    return .ok("processor", facts)
  }

  static func memory() -> Finding {
    guard let available = line("/proc/meminfo", "MemAvailable").flatMap({ Int($0.prefix { $0.isNumber }) }) else {
      return .warn("memory", "/proc/meminfo does not tell", "mount /proc")
    }
    let facts = "\(available >> 10) MiB available"
    // The agent takes below 64 MiB; frames of 8k x 8k as float are 256 MiB each.
    return available >> 10 < 256
      ? .warn("memory", facts, "large frames will not fit; free some, or add memory") : .ok("memory", facts)
  }

  static func clock() -> Finding {
    let source = text("/sys/devices/system/clocksource/clocksource0/current_clocksource") ?? "unknown"
    let costNs = readingCostNs()
    let reading = "source \(source), \(Int(costNs)) ns a reading"
    guard let kernel = KernelClock.read() else {
      return .warn("clock", "the kernel does not tell whether it is synchronised; \(reading)", "see timedatectl")
    }
    guard kernel.isSynchronised else {
      return .warn(
        "clock", "not synchronised; \(reading)", "time stamps will not match the microscope's: timedatectl set-ntp true"
      )
    }
    let facts = String(format: "synchronised, error at most %.1f ms; ", kernel.largestErrorMs) + reading
    // Six readings a frame: slow ones do no harm, but tell of a clock that is no good for timing.
    if costNs > 2000 { return .warn("clock", facts, "an emulated or slow clock source; prefer tsc") }
    return .ok("clock", facts)
  }

  private static func readingCostNs() -> Double {
    let clock = ContinuousClock()
    var time = timespec()
    let count = 10_000
    let elapsed = clock.measure { for _ in 0..<count { clock_gettime(CLOCK_REALTIME, &time) } }
    return elapsed / .nanoseconds(1) / Double(count)
  }

  /// The text behind "name :" in a file of /proc.
  private static func line(_ path: String, _ name: String) -> String? {
    let line = text(path)?.split(separator: "\n").first { $0.hasPrefix(name) }
    return line?.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces)
  }

  private static func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map {
      String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }
}
