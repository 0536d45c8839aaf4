// SPDX-License-Identifier: GPL-3.0-or-later
import Synchronization

/// Asks a running service to end; from any thread, also from a signal's handler.
public final class StopRequest: Sendable {
  private let flag = Atomic(false)

  public init() {}

  public func request() { flag.store(true, ordering: .releasing) }

  public var isRequested: Bool { flag.load(ordering: .acquiring) }
}
