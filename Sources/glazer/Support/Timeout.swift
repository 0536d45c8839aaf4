// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser

/// How long a command waits for something (`--timeout`).
enum Timeout {
  /// 30 years. Beyond some 10²⁰ seconds there is no `Duration`.
  private static let longestS = 1e9

  static func check(_ seconds: Double) throws {
    guard seconds > 0, seconds <= longestS else {
      throw ValidationError("--timeout is \(seconds), expected more than 0 and at most 1e9 seconds")
    }
  }
}
