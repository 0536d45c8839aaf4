// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Foundation

/// Default and bounds of `--threads` of simulations, each of which holds scattering matrices of its own.
enum ThreadCount {
  static let usual = min(64, ProcessInfo.processInfo.activeProcessorCount)

  static func check(_ threads: Int) throws(ValidationError) {
    guard (1...256).contains(threads) else { throw ValidationError("--threads takes 1 to 256, found \(threads)") }
  }
}
