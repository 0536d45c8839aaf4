// SPDX-License-Identifier: GPL-3.0-or-later

/// What a recorder is doing.
public struct RecordingReport: Sendable, Equatable {
  public enum State: String, Sendable {
    case recording
    /// It cannot write; `failure` says why. It goes on by itself when it can.
    case stopped
    case ended
  }

  public var state = State.recording
  public var failure: RecordingError?
  /// The file being written, or the last one; while it is written it has `.part` behind its name.
  public var file: String?
  /// Files that are whole.
  public var finishedFileCount = 0
  /// Messages that were recorded.
  public var messageCount: UInt64 = 0
  /// Bytes of their parts.
  public var byteCount: UInt64 = 0
  /// Messages that the queue had no room for: the disk is slower than the stream.
  public var droppedCount: UInt64 = 0
  /// Messages that came while recording was stopped, or that the disk did not take.
  public var missedCount: UInt64 = 0

  public init() {}
}
