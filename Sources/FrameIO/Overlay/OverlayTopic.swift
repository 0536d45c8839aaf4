// SPDX-License-Identifier: GPL-3.0-or-later

/// First part of every message the agent publishes. A ZeroMQ subscription is a prefix, so `overlay` also brings
/// `overlay.end`; receivers compare the whole part.
public enum OverlayTopic: String, Sendable, CaseIterable {
  case overlay
  case overlayEnd = "overlay.end"
  case status
  case event
  case preview

  public var bytes: StaticString {
    switch self {
    case .overlay: "overlay"
    case .overlayEnd: "overlay.end"
    case .status: "status"
    case .event: "event"
    case .preview: "preview"
    }
  }

  public init?(bytes: some Sequence<UInt8>) {
    self.init(rawValue: String(decoding: Array(bytes), as: UTF8.self))
  }
}
