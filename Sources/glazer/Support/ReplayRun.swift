// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import Foundation
import FrameIO
import GlazerCore
import Inference

/// `glazer replay --asap`: a recording through the pipeline, and what came of it.
struct ReplayRun: Encodable {
  private struct Model: Encodable { let path, name, sha256: String }

  private let program = "glazer replay \(Glazer.version)"
  private let recording: String
  private let model: Model
  private(set) var messages: UInt64 = 0
  private(set) var overlays: UInt64 = 0
  private(set) var overlaysSHA256 = ""
  private(set) var rejected: [String: UInt64] = [:]
  /// The first of the refused frames and messages.
  private(set) var refusals: [String] = []
  private(set) var isTruncated = false

  private static let mostRefusals = 100

  enum CodingKeys: String, CodingKey {
    case program, recording, model, messages, overlays, rejected, refusals
    case overlaysSHA256 = "overlays_sha256"
    case isTruncated = "ends_early"
  }

  init(
    _ path: String, model tilts: TiltModel, modelPath: String, configuration: AgentConfiguration, csv: String?,
    overlays overlaysPath: String?
  ) throws {
    recording = path
    model = Model(path: modelPath, name: tilts.name, sha256: tilts.sha256)
    var reader = try RecordingReader(path: path)
    // Without a time: the same replay makes the same file.
    let card = RecordingAttachment(
      name: "model-card.json", mediaType: "application/json", bytes: AgentRecording.modelCard(tilts), timeNs: 0)
    let outputs = try OverlayOutputs(csv: csv, overlays: overlaysPath, attachments: [card])
    let replay = RecordingReplay(model: tilts, configuration: configuration)
    let bar = ProgressBar("replaying")
    var refusals: [String] = []
    do {
      let isWhole = try replay.run(
        &reader, shouldStop: { StopSignals.received },
        onOverlay: { header, cells, accumulated in
          try outputs.write(header, cells, accumulated)
        },
        onRejection: { rejection, frame in
          guard refusals.count < Self.mostRefusals else { return }
          refusals.append((frame.map { "frame \($0): " } ?? "message: ") + rejection.message)
        }, onProgress: { bar.update($0) })
      bar.finish()
      // Half a replay would pass for the replay of half a recording.
      guard isWhole else { throw Interruption(what: "\(path): stopped at \(replay.overlayCount) overlays") }
      guard replay.counters.received > 0 else {
        throw RecordingError.noMessages(path: path, otherMessages: reader.otherMessageCount)
      }
    } catch {
      outputs.discard()
      throw error
    }
    overlaysSHA256 = outputs.digest.hexadecimal()
    try outputs.commit()
    messages = replay.counters.received
    overlays = replay.overlayCount
    for reason in RejectionReason.allCases where replay.counters.count(reason) > 0 {
      rejected[reason.rawValue] = replay.counters.count(reason)
    }
    self.refusals = refusals
    isTruncated = reader.isTruncated
  }
}
