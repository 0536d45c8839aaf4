// SPDX-License-Identifier: GPL-3.0-or-later
import ZeroMQ

/// Writes a stream to a recording, message by message as it comes, whether or not the messages are frames: what was on
/// the wire is what is in the file.
public struct StreamRecorder: Sendable {
  /// Ends after so many frames; nil for no limit.
  public var largestFrameCount: UInt64?
  /// Ends after so long; nil for no limit.
  public var durationS: Double?

  public init(largestFrameCount: UInt64? = nil, durationS: Double? = nil) {
    self.largestFrameCount = largestFrameCount
    self.durationS = durationS
  }

  /// Records until a limit is reached, it is stopped, or the recorder cannot go on. Waits for the recorder, so that a
  /// publisher that waits loses nothing. The caller finishes the recorder: also after an error, nothing that came is lost.
  /// `onProgress` is called at least every 50 ms.
  public func run(
    from socket: InputSocket, to recorder: BackgroundRecorder, shouldStop: () -> Bool,
    onProgress: (StreamProgress) -> Void
  ) throws -> StreamProgress {
    var progress = StreamProgress()
    var gaps = FrameGaps()
    var message = ReceivedMessage()
    let endNs = durationS.map { Pacer.nowNs() + UInt64($0 * 1e9) }
    while !shouldStop(), progress.frames < largestFrameCount ?? .max, Pacer.nowNs() < endNs ?? .max {
      if let failure = recorder.report.failure { throw failure }
      let reception = try socket.receive(into: &message.parts)
      progress.cutOffs = socket.cutOffs
      guard reception == .message else {
        if reception != .nothing { progress.droppedMessages += 1 }
        onProgress(progress)
        continue
      }
      message.receivedNs = WallClock.nowNs()
      guard recorder.offer(message, shouldStop: shouldStop) else { break }
      let facts = message.parts.withParts { WireFacts(parts: $0) }
      if facts.isFrame {
        progress.frames += 1
        if let frame = facts.frame {
          gaps.see(source: facts.source ?? Self.unknownSource, series: facts.series, frame: frame)
        }
      }
      progress.messages += 1
      progress.bytes += UInt64(message.parts.byteCount)
      progress.missingFrames = gaps.missing
      onProgress(progress)
    }
    return progress
  }

  /// Channel of messages without a source; the decoder's name for it too.
  static let unknownSource = "frames"
}
