// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import ArgumentParser
import Foundation
import FrameIO
import GlazerCore
import Inference
import Logging

@main
struct AgentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "glazer-agent",
    abstract: "Reads octahedral rotations from a live frame stream and publishes overlays.",
    discussion: """
      Frames come in over ZeroMQ, the lattice of B columns is registered, a quantized network reads the tilt of every cell, \
      and overlays go out over ZeroMQ. It runs until SIGTERM or SIGINT. \
      SIGHUP reads configuration and model again: both are tried aside and take over between two frames; if anything is wrong \
      with them, what runs goes on. Under systemd the agent says that it is ready, alive (watchdog) and how it does.

      Example:
        glazer-agent --config agent.toml --check-config
        glazer-agent --config agent.toml
        glazer-agent --config agent.toml --profile materials/LaAlO3 --check-config
      """,
    version: Glazer.version)

  @Option(
    name: .long, help: ArgumentHelp("The configuration; firmware-config/agent.toml shows every key.", valueName: "file")
  )
  var config: String

  @Option(
    name: .long,
    help: ArgumentHelp(
      """
      Defaults for a material or an instrument, beside those that the configuration asks for; again and again. A name such \
      as materials/SrTiO3 (in the folder profiles beside the configuration), or a file that ends in .toml.
      """, valueName: "profile"))
  var profile: [String] = []

  @Flag(
    name: .long,
    help: "Check the configuration and the model, print every value with where it came from, then end.")
  var checkConfig = false

  func run() throws {
    do {
      let effective = try EffectiveConfiguration(contentsOf: config, profiles: profiles)
      let configuration = effective.values
      // Before anything is printed: a key that stands in place of its file's path is refused here.
      let security = try AgentSecurity(configuration)
      let model = try TiltModel(contentsOf: configuration.model.path)
      try ModelSelfTest.run(model)
      if checkConfig {
        print(effective.listing)
        for difference in ModelSuitability.differences(configuration, model.trainedConditions) {
          print("# mind: \(difference)")
        }
        print("# \(config): good; model \(model.name), sha256 \(model.sha256.prefix(12)); \(security.summary)")
        return
      }
      let recorder = AgentRecording.recorder(
        configuration.recording, attachments: AgentRecording.attachments(effective, model))
      try serve(effective, model, security, recorder)
    } catch let error as any DiagnosableError {
      FileHandle.standardError.write(Data("glazer-agent: \(error.description.onOneLine)\n".utf8))
      throw ExitCode(error.category.exitCode)
    }
  }

  /// On a command line, paths are relative to the working directory.
  private var profiles: [String] {
    profile.map { $0.hasSuffix(".toml") ? URL(fileURLWithPath: $0).path : $0 }
  }

  private func serve(
    _ effective: EffectiveConfiguration, _ model: TiltModel, _ security: AgentSecurity,
    _ recorder: BackgroundRecorder?
  ) throws {
    LoggingSystem.bootstrap { _ in AgentLog() }
    let log = Logger(label: "glazer-agent")
    let configuration = effective.values
    let notifier = try ServiceNotifier()
    let stop = StopRequest()
    let service = try AgentService(model: model, configuration: configuration, security: security, recorder: recorder)
    let reload = Reload(
      path: config, profiles: profiles, running: configuration, security: security, slot: service.reloads)
    let signals = AgentSignals(stop) {
      notifier?.reloading()
      reload.run()
    }
    service.notifier = notifier
    let events = EventLog(log)
    // Unowned: a service that held itself would never close its sockets, and the last status would be lost as often as not.
    service.log = { [unowned service] event in
      events.write(event, intervalS: service.configuration.monitor.logIntervalS)
    }
    let server = monitor(configuration.monitor, service.board, log)
    log.notice("model \(model.name), frames from \(service.inputEndpoint), overlays on \(service.outputEndpoint)")
    log.notice("\(security.summary)")
    for difference in ModelSuitability.differences(configuration, model.trainedConditions) {
      log.warning("\(difference)")
    }
    for name in AgentRecording.leftovers(in: configuration.recording.folder, besides: recorder?.report.file) {
      log.warning("\(name): left by an agent that was killed; `glazer recover` makes a whole recording of it")
    }
    try service.run(until: stop)
    server?.stop()
    log.notice("ended")
    withExtendedLifetime(signals) {}
  }

  /// Serves metrics and probes where the configuration wants it. Without them frames are read all the same, so that a taken
  /// port is a warning.
  private func monitor(_ settings: AgentConfiguration.Monitor, _ board: MonitorBoard, _ log: Logger) -> MonitorServer? {
    guard let address = LoopbackAddress(settings.http) else { return nil }
    do throws(MonitorServerError) {
      let server = try MonitorServer(address, pages: MonitorPages(board, stallS: settings.stallS)) { message in
        log.warning("\(message)")
      }
      log.info("metrics on http://\(server.address)/metrics")
      return server
    } catch {
      log.warning("\(error.description); set [monitor] http to another port, or to \"\" for none")
      return nil
    }
  }
}
