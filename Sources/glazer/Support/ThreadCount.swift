// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser

/// Bounds of `--threads` of simulations.
enum ThreadCount {
  static func check(_ threads: Int) throws(ValidationError) {
    guard (1...256).contains(threads) else { throw ValidationError("--threads takes 1 to 256, found \(threads)") }
  }
}
