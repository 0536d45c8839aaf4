// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import ZeroMQ

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
  /// More parts than a message of any kind has.
  static var tooManyParts: Rejection {
    Rejection(
      message: .malformed,
      "message of more than \(Multipart.largestPartCount) parts, expected [topic] header pixels")
  }

  /// The source's connection was given up by ZeroMQ.
  static func cutOff(limit: Int) -> Rejection {
    Rejection(
      message: .oversized,
      "source cut off and connected anew: a part of more than \(limit) bytes, or not ZeroMQ's protocol")
  }

  private init(message reason: RejectionReason, _ text: String) {
    self.init(reason, text)
    isMessage = true
  }

  /// A message that is not a frame.
  init(_ error: FrameError) {
    switch error {
    case .sizeOutOfRange(let width, let height):
      self.init(max(width, height) > FrameDecoder.sides.upperBound ? .oversized : .tooSmall, error.description)
    case .leftover: self.init(.leftover, error.description)
    case .headerTooLarge: self.init(.oversized, error.description)
    default: self.init(.malformed, error.description)
    }
    isMessage = true
  }
}
