// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import GlazerCore
import Inference

/// Reads configuration and model again and tries both, beside the running agent, and leaves what came of it for the
/// agent's loop. Nothing of the running agent is touched.
struct Reload: Sendable {
  let path: String
  let profiles: [String]
  /// What the agent was started with: sockets and the like stay so until the next start.
  let running: AgentConfiguration
  let security: AgentSecurity
  let slot: ReloadSlot

  func run() { slot.put(outcome()) }

  func outcome() -> ReloadOutcome {
    do {
      let effective = try EffectiveConfiguration(contentsOf: path, profiles: profiles)
      let wanted = effective.values
      // What a start would refuse is refused here, above all a key that was pasted where a path belongs: recordings hold the file.
      _ = try AgentSecurity(wanted)
      let model = try TiltModel(contentsOf: wanted.model.path)
      return .ready(
        try Replacement(
          model: model, configuration: running.reloaded(from: wanted), waitingForRestart: waiting(wanted),
          access: try security.readLists(),
          attachments: AgentRecording.attachments(effective, model)))
    } catch let error as any DiagnosableError {
      return .refused(reason: error.description)
    } catch {
      return .refused(reason: "\(error)")
    }
  }

  /// The keys that were changed and that a running agent cannot take over.
  private func waiting(_ wanted: AgentConfiguration) -> [String] {
    let effective = running.reloaded(from: wanted)
    return ConfigurationKey.all.filter { $0.shown(effective) != $0.shown(wanted) }.map(\.name)
  }
}
