// SPDX-License-Identifier: GPL-3.0-or-later

/// Something that happened (`agent-event-1.0`): a refused frame, a change of the lattice's state.
public struct AgentEvent: Sendable, Equatable {
  public static let htype = "agent-event-1.0"

  public enum Kind: String, Sendable, CaseIterable {
    case rejected
    case latticeFound = "lattice_found"
    case latticeLost = "lattice_lost"
    case seriesBegan = "series_began"
    case recordingBegan = "recording_began"
    /// Frames are processed all the same.
    case recordingStopped = "recording_stopped"
    /// Messages that the disk was too slow for.
    case recordingDropped = "recording_dropped"
    /// Configuration and model were read again and are in use from the next frame on.
    case reloaded
    /// They were read again and refused; what ran before goes on.
    case reloadRefused = "reload_refused"
    /// The wall clock was set: times of the frames around that moment mean nothing.
    case clockJumped = "clock_jumped"
    /// Somebody who is not on a list of clients tried to connect.
    case strangerRefused = "stranger_refused"
    /// Somebody subscribed, or sent something else, without end: all connections of the output were made anew.
    case subscriptionFlood = "subscription_flood"
    /// The publisher of the frames and the agent do not come to terms: keys, or no ZeroMQ there.
    case handshakeFailed = "handshake_failed"
    /// The system did not bind a thread to the processor that was asked for; it runs wherever it is put.
    case placementRefused = "placement_refused"
  }

  public var kind: Kind
  /// For `rejected`.
  public var reason: RejectionReason?
  /// One line for a person.
  public var message: String
  public var source: String?
  public var series: String?
  public var frame: Int64?
  /// How often this happened since the last event that told of it: events of one reason leave at a limited rate.
  public var count: UInt64

  public init(
    kind: Kind, reason: RejectionReason? = nil, message: String, source: String? = nil, series: String? = nil,
    frame: Int64? = nil, count: UInt64 = 1
  ) {
    self.kind = kind
    self.reason = reason
    self.message = message
    self.source = source
    self.series = series
    self.frame = frame
    self.count = count
  }
}

/// The end of a series (`overlay-end-1.0`), after its last overlay.
public struct OverlayEnd: Sendable, Equatable {
  public static let htype = "overlay-end-1.0"

  public enum Cause: String, Sendable, CaseIterable {
    /// The source said so: `series_end-1.0`, or `last` in a frame.
    case announced
    case newSeries = "new_series"
    case silence
    /// The agent is ending.
    case shutdown
  }

  public var source: String
  public var series: String?
  /// Overlays published for this series.
  public var overlays: UInt64
  public var cause: Cause

  public init(source: String, series: String?, overlays: UInt64, cause: Cause) {
    self.source = source
    self.series = series
    self.overlays = overlays
    self.cause = cause
  }
}

extension JSONWriter {
  public mutating func write(_ event: AgentEvent, agent: String, run: String, timeNs: UInt64) {
    beginObject()
    member("htype", AgentEvent.htype)
    member("agent", agent)
    member("run", run)
    member("time_ns", timeNs)
    member("kind", event.kind.rawValue)
    if let reason = event.reason { member("reason", reason.rawValue) }
    member("message", event.message)
    member("source", event.source)
    member("series", event.series)
    key("frame")
    if let frame = event.frame { value(frame) } else { null() }
    member("count", event.count)
    endObject()
  }

  public mutating func write(_ end: OverlayEnd, agent: String, run: String, timeNs: UInt64) {
    beginObject()
    member("htype", OverlayEnd.htype)
    member("agent", agent)
    member("run", run)
    member("time_ns", timeNs)
    member("source", end.source)
    member("series", end.series)
    member("overlays", end.overlays)
    member("cause", end.cause.rawValue)
    endObject()
  }
}
