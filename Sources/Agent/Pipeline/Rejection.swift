// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO

/// A refused frame or message: the reason by which it is counted, and one line for a person.
public struct Rejection: Error, Sendable, Equatable {
  public var reason: RejectionReason
  public var message: String
  /// True when the message was no frame at all, so that nothing is known of its series and number.
  public var isMessage = false

  public init(_ reason: RejectionReason, _ message: String) {
    self.reason = reason
    self.message = message
  }
}

extension Rejection {
  /// A message that is not a frame.
  init(_ error: FrameError) {
    switch error {
    case .sizeOutOfRange(let width, let height):
      self.init(max(width, height) > FrameDecoder.sides.upperBound ? .oversized : .tooSmall, error.description)
    case .headerTooLarge: self.init(.oversized, error.description)
    default: self.init(.malformed, error.description)
    }
    isMessage = true
  }
}
