// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Synchronization

private let stopRequested = Atomic(false)

/// Remembers SIGINT and SIGTERM so that long work can end in order; a second one ends the program at once.
enum StopSignals {
  static var received: Bool { stopRequested.load(ordering: .relaxed) }

  /// From here on the signals are remembered.
  static func install() {
    // Initialises the atomic: a signal handler must not.
    guard !received else { return }
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        stopRequested.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
  }
}
