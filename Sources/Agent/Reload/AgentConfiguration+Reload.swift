// SPDX-License-Identifier: GPL-3.0-or-later

extension AgentConfiguration {
  /// This configuration with what a running agent can take over from `new`. The rest, sockets above all, stays until the
  /// next start; a key that is not named here belongs to the rest.
  public func reloaded(from new: AgentConfiguration) -> AgentConfiguration {
    var result = self
    result.input.dialect = new.input.dialect
    result.input.channel = new.input.channel
    result.input.silenceS = new.input.silenceS
    result.output.statusIntervalS = new.output.statusIntervalS
    result.output.eventIntervalS = new.output.eventIntervalS
    result.output.previewRateHz = new.output.previewRateHz
    result.output.previewSide = new.output.previewSide
    result.model = new.model
    result.material = new.material
    result.instrument = new.instrument
    result.accumulation = new.accumulation
    result.regions = new.regions
    result.compute.threads = new.compute.threads
    result.monitor.logIntervalS = new.monitor.logIntervalS
    return result
  }
}
