// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO

/// A part of a frame's way through the agent, as `/metrics` tells its time.
public enum Stage: Int, Sendable, CaseIterable {
  /// Received to started: the wait in the mailbox.
  case queued
  /// Started to registered: decoding, checks, the lattice.
  case registration
  /// Registered to inferred: the cells.
  case inference
  /// Inferred to published: the overlay's header and its way into the socket.
  case publication
  /// Received to published.
  case total

  /// Value of the label `stage`.
  public var label: String {
    switch self {
    case .queued: "queued"
    case .registration: "registration"
    case .inference: "inference"
    case .publication: "publication"
    case .total: "total"
    }
  }

  /// Seconds that a frame spent here. Never negative: the wall clock may be set back between two stamps.
  public func seconds(_ times: OverlayTimes) -> Double {
    let (start, end) =
      switch self {
      case .queued: (times.received, times.started)
      case .registration: (times.started, times.registered)
      case .inference: (times.registered, times.inferred)
      case .publication: (times.inferred, times.published)
      case .total: (times.received, times.published)
      }
    return end > start ? Double(end - start) / 1e9 : 0
  }
}
