// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore
import Inference

/// Runs a recording through the pipeline as fast as it goes, message after message, without sockets, clocks or threads: the
/// same file, model, configuration and program give the same overlays, bit for bit.
///
/// No frame is skipped. In the overlays `received` is when the message was recorded, and the stages of the work have no
/// times (0). Silence, which ends a series, is that of the recording.
public final class RecordingReplay {
  /// The run of every replay: it is no start of an agent.
  public static let run = "00000000-0000-0000-0000-000000000000"

  public private(set) var overlayCount: UInt64 = 0
  /// Messages of the recording, and frames and messages by the reason for which they were refused.
  public var counters: InputCounters { pipeline.counters }

  private let pipeline: Pipeline
  private let silenceNs: UInt64
  private var series = SeriesTracker()

  public init(model: TiltModel, configuration: AgentConfiguration) {
    pipeline = Pipeline(
      model: model, configuration: configuration,
      identity: RunIdentity(agent: "glazer/\(Glazer.version)", run: Self.run))
    silenceNs = UInt64(configuration.input.silenceS * 1e9)
  }

  /// Reads to the end of the recording, or until `shouldStop` says so: false then. `onOverlay` gets the overlay of each
  /// frame that could be read, with what the last frames together say; `onRejection` why another could not, and its number
  /// where it has one; `onProgress` the share of the file that has been read.
  @discardableResult
  public func run(
    _ reader: inout RecordingReader, shouldStop: () -> Bool = { false },
    onOverlay: (OverlayHeader, CellTable, AccumulatedCells?) throws -> Void,
    onRejection: (Rejection, Int64?) -> Void = { _, _ in }, onProgress: (Double) -> Void = { _ in }
  ) throws -> Bool {
    var message = RecordedMessage()
    while !shouldStop() {
      guard try reader.next(into: &message) else { return true }
      onProgress(reader.share)
      let now = message.logTimeNs
      over(series.checkSilence(atNs: now, limitNs: silenceNs))
      let outcome = message.withParts { pipeline.process(parts: $0, receivedNs: now) }
      let frame = pipeline.frame.header
      switch outcome {
      case .seriesStart:
        _ = series.began()
        pipeline.seriesEnded()
        continue
      case .seriesEnd(let source, let name):
        over(series.announced(source: source, series: name))
        continue
      case .rejected(let rejection) where rejection.isMessage:
        onRejection(rejection, nil)
        continue
      case .rejected(let rejection):
        over(series.frameArrived(source: frame.source, series: frame.series, atNs: now))
        onRejection(rejection, frame.frame)
      case .overlay:
        over(series.frameArrived(source: frame.source, series: frame.series, atNs: now))
        let source = pipeline.header.times.source
        pipeline.header.times = OverlayTimes()
        (pipeline.header.times.source, pipeline.header.times.received) = (source, now)
        try onOverlay(pipeline.header, pipeline.cells, pipeline.accumulated)
        pipeline.header.seq += 1
        overlayCount += 1
      }
      if frame.isLast { over(series.end(.announced)) }
    }
    return false
  }

  private func over(_ end: OverlayEnd?) {
    if let end, end.cause != .newSeries { pipeline.seriesEnded() }
  }
}
