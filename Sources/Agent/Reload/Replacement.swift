// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import Inference
import Threading

/// A configuration and a model that have been loaded and tried aside, ready to take the place of the running ones.
///
/// Made on one thread and used on another, which is the only one that has it from then on: hence `@unchecked`.
public struct Replacement: @unchecked Sendable {
  /// The running one with what it takes over from the files (`AgentConfiguration.reloaded`).
  public let configuration: AgentConfiguration
  /// Keys that were changed and wait for the next start.
  public let waitingForRestart: [String]
  /// The lists of clients as they stand on disk; nil where there are none.
  let access: AccessChange?
  /// The model with its memory: nothing of it is allocated between two frames.
  let reader: CellReader
  /// For the recordings that are begun from now on.
  let attachments: [RecordingAttachment]
  /// What the model was not trained for (`ModelSuitability`).
  let differences: [String]

  /// Runs the model's self-test: throws what is wrong with a model that can be read and yet gives no numbers.
  public init(
    model: TiltModel, configuration: AgentConfiguration, waitingForRestart: [String] = [],
    access: AccessChange? = nil, attachments: [RecordingAttachment] = []
  ) throws(ModelSelfTest.Failure) {
    try ModelSelfTest.run(model)
    reader = CellReader(model: model, pool: WorkerPool(configuration.compute))
    differences = ModelSuitability.differences(configuration, model.trainedConditions)
    self.configuration = configuration
    self.access = access
    self.attachments = attachments
    self.waitingForRestart = waitingForRestart
  }
}

/// What became of a reload before the running agent hears of it.
public enum ReloadOutcome: Sendable {
  case ready(Replacement)
  /// Why everything stays as it is.
  case refused(reason: String)
}

extension Replacement {
  /// One line for a person: which model runs now, and what must wait.
  func message(from before: OverlayModel, to now: OverlayModel) -> String {
    let model =
      now == before
      ? "the same model \(now.name) \(now.sha256.prefix(12))"
      : "model \(now.name) \(now.sha256.prefix(12)), before \(before.name) \(before.sha256.prefix(12))"
    var parts = ["reloaded: \(model)"] + differences
    if !waitingForRestart.isEmpty {
      parts.append("changed, but in use only after a restart: \(waitingForRestart.joined(separator: ", "))")
    }
    return parts.joined(separator: "; ")
  }
}
