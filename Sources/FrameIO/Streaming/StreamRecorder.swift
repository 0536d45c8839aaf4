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

  /// Records until a limit is reached or it is stopped. The caller finishes the writer: also after an error, nothing that
  /// came is lost. `onProgress` is called at least every 50 ms.
  public func run(
    from socket: InputSocket, to writer: inout RecordingWriter, shouldStop: () -> Bool,
    onProgress: (StreamProgress) -> Void
  ) throws -> StreamProgress {
    var progress = StreamProgress()
    var gaps = FrameGaps()
    var message = Multipart()
    let endNs = durationS.map { Pacer.nowNs() + UInt64($0 * 1e9) }
    while !shouldStop(), progress.frames < largestFrameCount ?? .max, Pacer.nowNs() < endNs ?? .max {
      let reception = try socket.receive(into: &message)
      let nowNs = WallClock.nowNs()
      guard reception == .message else {
        try writer.flushIfOld(atNs: Pacer.nowNs())
        onProgress(progress)
        continue
      }
      let facts = try message.withParts { parts in
        let facts = WireFacts(parts: parts)
        try writer.append(
          parts: parts, source: facts.source ?? Self.unknownSource, logTimeNs: nowNs,
          publishTimeNs: facts.timeNs ?? nowNs, atNs: Pacer.nowNs())
        return facts
      }
      if facts.isFrame {
        progress.frames += 1
        if let frame = facts.frame {
          gaps.see(source: facts.source ?? Self.unknownSource, series: facts.series, frame: frame)
        }
      }
      progress.messages += 1
      progress.bytes += UInt64(message.byteCount)
      progress.missingFrames = gaps.missing
      onProgress(progress)
    }
    return progress
  }

  /// Channel of messages without a source; the decoder's name for it too.
  private static let unknownSource = "frames"
}
