// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// The socket that probes and scrapes connect to, also where no descriptor is left for them. Belongs to one thread.
///
/// poll(2) calls it ready for as long as a connection waits there, whether accept(2) can take it or not: who asks again at once
/// turns for nothing. So it rests after a failure. One descriptor is held in reserve and lent to one connection at a time,
/// so that a probe hears how the agent is just when nothing else can be opened.
final class MonitorListener {
  /// Takes a connection from a listening socket: its descriptor, or the error number below zero.
  typealias Accepting = @Sendable (Int32) -> Int32

  static let restNs: UInt64 = 250_000_000

  private let descriptor: Int32
  private let accepting: Accepting
  private let warn: @Sendable (String) -> Void
  private var warnings = Interval(seconds: 60)
  private var restsUntilNs: UInt64 = 0
  /// Negative while it is lent, or not to be had.
  private var reserve: Int32 = -1

  /// Takes over a socket that listens. `warn` hears, at most once a minute, that there are no descriptors.
  init(_ descriptor: Int32, accepting: @escaping Accepting, warn: @escaping @Sendable (String) -> Void) {
    self.descriptor = descriptor
    self.accepting = accepting
    self.warn = warn
  }

  deinit {
    close(descriptor)
    if reserve >= 0 { close(reserve) }
  }

  /// accept(2).
  static func accepted(_ listener: Int32) -> Int32 {
    let connection = accept(listener, nil, nil)
    return connection >= 0 ? connection : -errno
  }

  /// What poll(2) should look at; it passes over a negative one.
  func polled(atNs now: UInt64) -> Int32 { now < restsUntilNs ? -1 : descriptor }

  /// Takes a descriptor for hard times, if there is none yet and one is to be had.
  func holdReserve() {
    if reserve < 0 { reserve = open("/dev/null", O_RDONLY | O_CLOEXEC) }
  }

  /// The connection that came first; nil where none could be taken.
  func take(atNs now: UInt64) -> Int32? {
    var answer = accepting(descriptor)
    if answer == -EMFILE || answer == -ENFILE {
      if warnings.isDue(atNs: now) {
        let reason = String(cString: strerror(-answer))
        warn("the monitor has no descriptor for a connection (\(reason)); it answers one at a time, or none")
      }
      if reserve >= 0 {
        close(reserve)
        reserve = -1
        answer = accepting(descriptor)
      }
    }
    if answer >= 0 { return answer }
    // Whoever left before being taken is no reason to rest.
    if ![EAGAIN, EINTR, ECONNABORTED].contains(-answer) { restsUntilNs = now + Self.restNs }
    return nil
  }
}
