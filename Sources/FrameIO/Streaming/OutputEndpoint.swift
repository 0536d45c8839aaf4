// SPDX-License-Identifier: GPL-3.0-or-later
import ZeroMQ

/// Where frames go to.
public struct OutputEndpoint: Sendable {
  public enum Pattern: Sendable {
    /// XPUB: any number of subscribers; what they do not take in time is dropped.
    case publish
    /// PUSH: waits for whoever pulls; nothing is dropped.
    case push
  }

  public var endpoint: String
  public var pattern: Pattern
  /// Messages that wait for a slow peer; beyond, XPUB drops and PUSH waits.
  public var highWaterMark: Int
  /// How long the end of the program waits until the last messages have left.
  public var lingerMs: Int
  public var security: LinkSecurity

  public init(
    _ endpoint: String, pattern: Pattern = .publish, highWaterMark: Int = 64, lingerMs: Int = 2000,
    security: LinkSecurity = .plaintext
  ) {
    self.endpoint = endpoint
    self.pattern = pattern
    self.highWaterMark = highWaterMark
    self.lingerMs = lingerMs
    self.security = security
  }
}
