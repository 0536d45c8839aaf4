// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Synchronization

private let stopRequested = Atomic(false)
/// Which signal came first.
private let requestedBy = Atomic(Int32(0))
/// When the first signal came, seconds of the monotonic clock.
private let requestedAt = Atomic(0)

/// Remembers SIGINT and SIGTERM so that long work can end in order; another one ends the program at once, but
/// for the first second: timeout(1) sends its signal twice, to the program and to its process group.
enum StopSignals {
  static var received: Bool { stopRequested.load(ordering: .relaxed) }

  /// What a shell says of a program that the signal has ended.
  static var exitCode: Int32 { 128 + requestedBy.load(ordering: .relaxed) }

  /// From here on the signals are remembered.
  static func install() {
    // Initialises the atomics: a signal handler must not.
    guard !received, requestedAt.load(ordering: .relaxed) == 0, requestedBy.load(ordering: .relaxed) == 0 else {
      return
    }
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        guard stopRequested.load(ordering: .relaxed) else {
          requestedAt.store(now.tv_sec, ordering: .relaxed)
          requestedBy.store(number, ordering: .relaxed)
          stopRequested.store(true, ordering: .relaxed)
          return
        }
        // Whole seconds: a difference of two is more than one.
        guard now.tv_sec - requestedAt.load(ordering: .relaxed) > 1 else { return }
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }
}
