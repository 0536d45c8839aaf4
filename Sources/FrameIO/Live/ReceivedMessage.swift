// SPDX-License-Identifier: GPL-3.0-or-later
import ZeroMQ

/// A message as it came, and when. Its memory goes around between receiver, mailbox and consumer.
public struct ReceivedMessage: ~Copyable, Sendable {
  public var parts = Multipart()
  /// When it was received: nanoseconds since 1970.
  public var receivedNs: UInt64 = 0

  public init() {}
}
