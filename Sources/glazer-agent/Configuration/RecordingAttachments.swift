// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import FrameIO
import Inference

extension AgentRecording {
  /// What recordings carry: the configuration in force, the files it came from, the card of the model.
  static func attachments(_ effective: EffectiveConfiguration, _ model: TiltModel) -> [RecordingAttachment] {
    attachments(configuration: effective.listing, files: effective.files, model: model)
  }
}
