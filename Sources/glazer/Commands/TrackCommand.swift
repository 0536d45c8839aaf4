// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import ArgumentParser
import Foundation
import FrameIO
import GlazerCore
import Inference

struct TrackCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "track",
    abstract: "Follows the lattice through a recording and adds up its cells, as the agent does; one line a frame.",
    discussion: """
      Every frame of the recording goes through the agent's pipeline, none is skipped. With the truth that `glazer \
      synthesize` writes beside a recording, the rms error of q is shown for the frame by itself and for all frames together, \
      with the deviation that is stated, over the cells that were in sight from the beginning.

      Example:
        glazer synthesize --output series.mcap --frames 24 --dose 1e4 --drift 1.3,-0.9
        glazer track series.mcap --truth series.truth.json --frames 64
      """)

  @Argument(help: "Recording (.mcap).") var recording: String
  @Option(help: "Model; \(ModelLocation.defaultPath) by default.") var model: String?
  @Option(help: "The recording's .truth.json, to hold readings against.") var truth: String?
  @Option(help: "Time constant of the accumulation, frames ([accumulation] frames).") var frames = 16.0

  func validate() throws {
    guard (0.1...10000).contains(frames) else { throw ValidationError("--frames takes 0.1 to 10000") }
  }

  func run() async throws { try await reportingErrors { try track() } }

  private func track() throws {
    let model = try TiltModel(contentsOf: try ModelLocation.resolve(self.model))
    let truth = try self.truth.map { path throws(TruthError) in try SynthesisTruth.read(path) }
    var configuration = AgentConfiguration()
    configuration.accumulation.frames = frames
    let pipeline = Pipeline(model: model, configuration: configuration, identity: RunIdentity(agent: "glazer-track"))
    var reader = try RecordingReader(path: recording)
    var message = RecordedMessage()
    // Effective number of frames of a cell that was in every frame of the epoch.
    var (sum, squares, epoch) = (0.0, 0.0, 0)
    var offsets: Set<CellIndex> = []
    var running = SeriesTracker()
    let silenceNs = UInt64(configuration.input.silenceS * 1e9)
    /// Forgets the lattice where a series is over, as the agent does.
    func over(_ end: OverlayEnd?) {
      if let end, end.cause != .newSeries { pipeline.seriesEnded() }
    }
    while try reader.next(into: &message) {
      let time = message.logTimeNs
      over(running.checkSilence(atNs: time, limitNs: silenceNs))
      let outcome = message.withParts { pipeline.process(parts: $0, receivedNs: time) }
      let header = pipeline.frame.header
      switch outcome {
      case .seriesStart(let series):
        _ = running.began()
        pipeline.seriesEnded()
        print("series \(series ?? "") begins".onOneLine)
        continue
      case .seriesEnd(let source, let series):
        over(running.announced(source: source, series: series))
        print("series \(series ?? "") ends".onOneLine)
        continue
      case .rejected(let rejection) where rejection.isMessage:
        print("a message  \(pipeline.state.rawValue)  \(rejection.message.onOneLine)")
        continue
      case .rejected(let rejection):
        over(running.frameArrived(source: header.source, series: header.series, atNs: time))
        print("frame \(pipeline.frame.header.frame)  \(pipeline.state.rawValue)  \(rejection.message.onOneLine)")
      case .overlay:
        over(running.frameArrived(source: header.source, series: header.series, atNs: time))
        let lattice = pipeline.header.lattice
        if lattice.indexEpoch != epoch { (sum, squares, epoch, offsets) = (0, 0, lattice.indexEpoch, []) }
        let decay = exp(-1 / frames)
        (sum, squares) = (sum * decay + 1, squares * decay * decay + 1)
        var line = self.line(pipeline)
        if let truth {
          let score = TrackingScore(pipeline, truth: truth, frames: sum * sum / squares)
          offsets.formUnion(score.offsets)
          line += Self.line(score)
        }
        print(line)
      }
      if header.isLast { over(running.end(.announced)) }
    }
    if truth != nil {
      print(
        offsets.count == 1
          ? "indices: those of the crystal in all frames of the epoch"
          : "indices: \(offsets.count) different offsets from those of the crystal")
    }
  }

  private func line(_ pipeline: Pipeline) -> String {
    let (header, lattice) = (pipeline.header, pipeline.header.lattice)
    let shift =
      lattice.isShiftAmbiguous
      ? "shift ambiguous" : String(format: "drift %+.2f %+.2f px", lattice.driftPx.x, lattice.driftPx.y)
    return "frame \(header.frame)  \(lattice.locked ? "followed" : "found   ")  epoch \(lattice.indexEpoch)  \(shift)  "
      + String(
        format: "cells %d  rest on %.1f frames", pipeline.cells.count, header.accumulated?.meanFrames ?? 0)
      + (header.accumulated.map { $0.resetCells > 0 ? "  began anew \($0.resetCells)" : "" } ?? "")
  }

  private static func line(_ score: TrackingScore) -> String {
    guard score.cells > 0 else { return "" }
    return String(
      format: "  q rms %.2f deg, together %.3f (stated %.3f), %d cells", score.singleRms, score.accumulatedRms,
      score.statedRms, score.cells)
  }
}
