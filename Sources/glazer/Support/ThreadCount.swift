// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Foundation

/// Bounds of `--threads`, and the default of simulations, whose threads hold scattering matrices of their own.
enum ThreadCount {
  static let usual = min(64, ProcessInfo.processInfo.activeProcessorCount)

  static func check(_ threads: Int) throws(ValidationError) {
    guard (1...256).contains(threads) else { throw ValidationError("--threads takes 1 to 256, found \(threads)") }
  }
}
