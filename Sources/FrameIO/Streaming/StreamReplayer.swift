// SPDX-License-Identifier: GPL-3.0-or-later
import ZeroMQ

/// Sends the messages of a recording again, part by part as they were on the wire.
public struct StreamReplayer: Sendable {
  public enum Timing: Sendable, Equatable {
    /// As recorded, so many times faster.
    case original(rate: Double)
    /// Frames at a steady rate, other messages with the frame before them.
    case steady(framesPerSecond: Double)
  }

  public var timing: Timing
  public var loops: Bool

  /// A thousand hours: times in a file may be anything.
  private static let longestIntervalNs = 3.6e15

  public init(timing: Timing = .original(rate: 1), loops: Bool = false) {
    self.timing = timing
    self.loops = loops
  }

  /// Sends until the recording ends or it is stopped.
  public func run(
    _ reader: inout RecordingReader, to sender: inout MessageSender, shouldStop: () -> Bool,
    onProgress: (StreamProgress) -> Void
  ) throws -> StreamProgress {
    var progress = StreamProgress()
    var message = RecordedMessage()
    // A point in time of the replay, the recorded time that belongs to it, and the interval before the last message.
    // The replay begins when its first message has been read.
    var dueNs: UInt64 = 0
    var recordedNs: UInt64?
    var intervalNs: UInt64 = 0
    replay: repeat {
      while try reader.next(into: &message) {
        if progress.messages == 0 { dueNs = Pacer.nowNs() }
        let isFrame = message.withParts { parts in WireFacts(parts: parts).isFrame }
        switch timing {
        case .original(let rate):
          if let recordedNs {
            // Clocks can be set back while a stream is recorded: such a step takes no time.
            let interval = message.logTimeNs > recordedNs ? message.logTimeNs - recordedNs : 0
            intervalNs = UInt64(min(Double(interval) / rate, Self.longestIntervalNs))
            dueNs += intervalNs
          }
          recordedNs = message.logTimeNs
        case .steady(let framesPerSecond):
          if isFrame, progress.frames > 0 { dueNs += UInt64(1e9 / framesPerSecond) }
        }
        guard Pacer.sleep(untilNs: dueNs, shouldStop: shouldStop) else { break replay }
        let isSent = try message.withParts { parts in try sender.send(parts, shouldStop: shouldStop) }
        guard isSent else { break replay }
        progress.messages += 1
        progress.frames += isFrame ? 1 : 0
        progress.bytes += UInt64(message.byteCount)
        onProgress(progress)
      }
      guard progress.messages > 0 else {
        throw RecordingError.noMessages(path: reader.path, otherMessages: reader.otherMessageCount)
      }
      if loops {
        reader.rewind()
        recordedNs = nil
        // Between the last message and the first of the next round there is no recorded interval: the one before, or that
        // of 25 frames a second where there is none either.
        dueNs += intervalNs > 0 ? intervalNs : 40_000_000
      }
    } while loops
    return progress
  }
}
