// SPDX-License-Identifier: GPL-3.0-or-later

/// How far a stream has come.
public struct StreamProgress: Sendable, Equatable {
  public var frames: UInt64 = 0
  /// Messages of all kinds, frames among them.
  public var messages: UInt64 = 0
  /// Bytes of all parts.
  public var bytes: UInt64 = 0
  /// Frames that never came, by the numbers of those that did.
  public var missingFrames: UInt64 = 0
  /// Messages of more parts than are held, which are dropped.
  public var droppedMessages: UInt64 = 0
  /// Times that the source was cut off (`InputSocket.cutOffs`).
  public var cutOffs: UInt64 = 0

  public init() {}
}
