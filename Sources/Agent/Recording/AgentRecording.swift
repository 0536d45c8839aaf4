// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import Inference

/// What the agent records, where and with what.
public enum AgentRecording {
  /// A recorder for this configuration, or nil when nothing is to be recorded. It makes the folder. It never fails: when it
  /// cannot write, its report says why, and frames are processed all the same.
  public static func recorder(
    _ recording: AgentConfiguration.Recording, attachments: [RecordingAttachment], startNs: UInt64 = WallClock.nowNs()
  ) -> BackgroundRecorder? {
    guard !recording.folder.isEmpty else { return nil }
    try? FileManager.default.createDirectory(atPath: recording.folder, withIntermediateDirectories: true)
    return BackgroundRecorder(
      RecordingPlan(
        path: recording.folder + "/glazer-\(stamp(startNs)).mcap", isNumbered: true,
        rotateByteCount: recording.rotateMB << 20, rotateAfterS: recording.rotateS,
        keepFreeByteCount: recording.keepFreeMB << 20),
      attachments: attachments, queueByteCount: recording.queueMB << 20)
  }

  /// The configuration in force and the files it came from, and the card of the model.
  public static func attachments(
    configuration: String, files: [String], model: TiltModel
  ) -> [RecordingAttachment] {
    let toml = "application/toml"
    var attachments = [
      RecordingAttachment(name: "configuration.toml", mediaType: toml, bytes: Array((configuration + "\n").utf8)),
      RecordingAttachment(name: "model-card.json", mediaType: "application/json", bytes: modelCard(model)),
    ]
    for file in files {
      // They were read a moment ago, and checked for their size then; one that has gone since is not worth an error.
      guard let data = FileManager.default.contents(atPath: file), data.count <= 1 << 20 else { continue }
      attachments.append(RecordingAttachment(name: file, mediaType: toml, bytes: Array(data)))
    }
    return attachments
  }

  /// Name, checksum, architecture and everything that the makers of the model wrote into its file, as JSON.
  public static func modelCard(_ model: TiltModel) -> [UInt8] {
    var card: [String: Any] = ["name": model.name, "sha256": model.sha256]
    for (key, text) in model.metadata {
      // Most values are JSON themselves.
      let value = try? JSONSerialization.jsonObject(with: Data(text.utf8))
      card[key] = value ?? text
    }
    func json(_ value: some Encodable) -> Any? {
      (try? JSONEncoder().encode(value)).flatMap { try? JSONSerialization.jsonObject(with: $0) }
    }
    card["architecture"] = json(model.architecture)
    card["sigma_scale"] = json(model.sigmaScale)
    let options: JSONSerialization.WritingOptions = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return (try? JSONSerialization.data(withJSONObject: card, options: options)).map(Array.init) ?? []
  }

  /// Recordings of killed agents in the folder: whole up to their last second, but without an index.
  public static func leftovers(in folder: String, besides file: String?) -> [String] {
    guard !folder.isEmpty else { return [] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter {
      $0.hasPrefix("glazer-") && $0.hasSuffix(".mcap.part") && file?.hasSuffix($0.dropLast(5)) != true
    }
    .sorted()
  }

  /// In UTC, for names that sort by time: 20261122T191500Z.
  static func stamp(_ ns: UInt64) -> String {
    var seconds = time_t(ns / 1_000_000_000)
    var fields = tm()
    gmtime_r(&seconds, &fields)
    return String(
      format: "%04d%02d%02dT%02d%02d%02dZ", fields.tm_year + 1900, fields.tm_mon + 1, fields.tm_mday, fields.tm_hour,
      fields.tm_min, fields.tm_sec)
  }
}
