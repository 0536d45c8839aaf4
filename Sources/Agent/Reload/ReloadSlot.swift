// SPDX-License-Identifier: GPL-3.0-or-later
import Synchronization

/// Where the thread that prepares a reload leaves it for the agent's loop, which looks between two frames.
public final class ReloadSlot: Sendable {
  private let outcome = Mutex<ReloadOutcome?>(nil)
  /// Looked at in every turn of the loop, without taking the lock.
  private let isFilled = Atomic(false)

  public init() {}

  /// Takes the place of an outcome that nobody has taken yet.
  public func put(_ new: ReloadOutcome) {
    outcome.withLock { $0 = new }
    isFilled.store(true, ordering: .releasing)
  }

  func take() -> ReloadOutcome? {
    guard isFilled.exchange(false, ordering: .acquiring) else { return nil }
    return outcome.withLock { outcome in
      defer { outcome = nil }
      return outcome
    }
  }
}
