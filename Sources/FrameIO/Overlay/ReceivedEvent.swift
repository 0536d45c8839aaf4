// SPDX-License-Identifier: GPL-3.0-or-later

/// An event as it was heard (`agent-event-1.0`). The agent may be newer than who hears it: kinds and reasons are the words of the wire,
/// whether this version knows them or not, and the message says to a person what happened.
public struct ReceivedEvent: Sendable, Equatable {
  public var kind: String
  public var reason: String?
  public var message: String
  public var source: String?
  public var series: String?
  public var frame: Int64?
  public var count: UInt64

  /// Nil for a kind that this version does not know.
  public var knownKind: AgentEvent.Kind? { AgentEvent.Kind(rawValue: kind) }

  /// What a receiver makes of an event.
  public init(_ event: AgentEvent) {
    kind = event.kind.rawValue
    reason = event.reason?.rawValue
    message = event.message
    (source, series, frame) = (event.source, event.series, event.frame)
    count = event.count
  }

  init(_ wire: WireEvent) {
    (kind, reason) = (wire.kind, wire.reason)
    message = wire.message
    (source, series, frame) = (wire.source, wire.series, wire.frame)
    count = wire.count
  }
}
