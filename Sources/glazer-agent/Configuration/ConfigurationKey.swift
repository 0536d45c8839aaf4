// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import TOML
import ZeroMQ

/// One key of `agent.toml`: its dotted name, and how its value gets into the configuration and out of it.
struct ConfigurationKey {
  /// What is wrong with a value.
  enum Problem: Error {
    case wrongType(expected: String)
    case outOfRange(expected: String)
  }

  let name: String
  let apply: (TOMLValue, inout AgentConfiguration) throws(Problem) -> Void
  /// The value as TOML; nil where it is not set and has no default.
  let shown: (AgentConfiguration) -> String?
  /// Where the value is kept, for keys that name a file: a relative one is meant relative to `agent.toml`.
  var file: WritableKeyPath<AgentConfiguration, String>?

  init(
    name: String, shown: @escaping (AgentConfiguration) -> String?,
    apply: @escaping (TOMLValue, inout AgentConfiguration) throws(Problem) -> Void
  ) {
    self.name = name
    self.shown = shown
    self.apply = apply
  }

  /// A file; an empty path, where it may be empty, names none.
  static func file(
    _ name: String, _ path: WritableKeyPath<AgentConfiguration, String>, mayBeEmpty: Bool = false
  ) -> Self {
    var key = text(name, path, mayBeEmpty: mayBeEmpty)
    key.file = path
    return key
  }

  static func text(
    _ name: String, _ path: WritableKeyPath<AgentConfiguration, String>, mayBeEmpty: Bool = false
  ) -> Self {
    Self(name: name, shown: quoted(path)) { value, configuration throws(Problem) in
      guard let text = value.string else { throw .wrongType(expected: "a string") }
      guard mayBeEmpty || !text.isEmpty else { throw .outOfRange(expected: "some text") }
      configuration[keyPath: path] = text
    }
  }

  static func endpoint(_ name: String, _ path: WritableKeyPath<AgentConfiguration, String>) -> Self {
    Self(name: name, shown: quoted(path)) { value, configuration throws(Problem) in
      guard let text = value.string else { throw .wrongType(expected: "a string") }
      guard (try? Socket.check(text)) != nil else {
        throw .outOfRange(expected: "an endpoint such as \"tcp://127.0.0.1:5555\" or \"ipc:///run/frames\"")
      }
      configuration[keyPath: path] = text
    }
  }

  /// An address and port of this machine's own, or an empty text for none.
  static func loopback(_ name: String, _ path: WritableKeyPath<AgentConfiguration, String>) -> Self {
    Self(name: name, shown: quoted(path)) { value, configuration throws(Problem) in
      guard let text = value.string else { throw .wrongType(expected: "a string") }
      guard text.isEmpty || LoopbackAddress(text) != nil else {
        throw .outOfRange(expected: "an address on loopback with a port, such as \"127.0.0.1:9464\", or \"\" for none")
      }
      configuration[keyPath: path] = text
    }
  }

  static func flag(_ name: String, _ path: WritableKeyPath<AgentConfiguration, Bool>) -> Self {
    Self(name: name, shown: plain(path)) { value, configuration throws(Problem) in
      guard let flag = value.bool else { throw .wrongType(expected: "true or false") }
      configuration[keyPath: path] = flag
    }
  }

  static func whole(
    _ name: String, _ path: WritableKeyPath<AgentConfiguration, Int>, _ range: ClosedRange<Int>, unit: String
  ) -> Self {
    Self(name: name, shown: plain(path)) { value, configuration throws(Problem) in
      guard let number = value.int else { throw .wrongType(expected: "a whole number") }
      guard range.contains(number) else {
        throw .outOfRange(expected: "\(range.lowerBound) to \(range.upperBound) \(unit)")
      }
      configuration[keyPath: path] = number
    }
  }

  static func number(
    _ name: String, _ path: WritableKeyPath<AgentConfiguration, Double>, _ range: ClosedRange<Double>, unit: String
  ) -> Self {
    Self(name: name, shown: plain(path)) { value, configuration throws(Problem) in
      configuration[keyPath: path] = try checked(value, range, unit)
    }
  }

  static func number(
    _ name: String, _ path: WritableKeyPath<AgentConfiguration, Double?>, _ range: ClosedRange<Double>, unit: String
  ) -> Self {
    Self(name: name, shown: plain(path)) { value, configuration throws(Problem) in
      configuration[keyPath: path] = try checked(value, range, unit)
    }
  }

  static func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ path: WritableKeyPath<AgentConfiguration, Choice>
  ) -> Self {
    Self(name: name, shown: quoted(path.appending(path: \.rawValue))) { value, configuration throws(Problem) in
      let expected = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
      guard let text = value.string else { throw .wrongType(expected: expected) }
      guard let choice = Choice(rawValue: text) else { throw .outOfRange(expected: expected) }
      configuration[keyPath: path] = choice
    }
  }

  private typealias Shown = (AgentConfiguration) -> String?

  private static func quoted(_ path: KeyPath<AgentConfiguration, String>) -> Shown {
    { TOMLText.quoted($0[keyPath: path]) }
  }

  private static func plain<Value: CustomStringConvertible>(_ path: KeyPath<AgentConfiguration, Value>) -> Shown {
    { $0[keyPath: path].description }
  }

  private static func plain<Value: CustomStringConvertible>(_ path: KeyPath<AgentConfiguration, Value?>) -> Shown {
    { $0[keyPath: path]?.description }
  }

  /// Whole numbers are numbers too: `silence_s = 5`.
  private static func checked(
    _ value: TOMLValue, _ range: ClosedRange<Double>, _ unit: String
  ) throws(Problem) -> Double {
    guard let number = value.double ?? value.int.map(Double.init) else { throw .wrongType(expected: "a number") }
    guard range.contains(number) else {
      throw .outOfRange(expected: "\(range.lowerBound) to \(range.upperBound) \(unit)")
    }
    return number
  }
}

extension ConfigurationKey {
  /// Every key there is. firmware-config/agent.toml shows them with their defaults; a test keeps the two alike.
  static var all: [ConfigurationKey] {
    [
      endpoint("input.endpoint", \.input.endpoint),
      choice("input.socket", \.input.socket),
      flag("input.bind", \.input.bind),
      text("input.topic", \.input.topic, mayBeEmpty: true),
      choice("input.dialect", \.input.dialect),
      text("input.channel", \.input.channel, mayBeEmpty: true),
      whole("input.maximum_message_bytes", \.input.maximumMessageBytes, 1 << 10...1 << 32, unit: "bytes"),
      number("input.silence_s", \.input.silenceS, 0.1...86400, unit: "seconds"),
      endpoint("output.endpoint", \.output.endpoint),
      whole("output.queue", \.output.queue, 1...10000, unit: "messages"),
      number("output.status_interval_s", \.output.statusIntervalS, 0.1...60, unit: "seconds"),
      number("output.event_interval_s", \.output.eventIntervalS, 0...3600, unit: "seconds"),
      number("output.preview_rate_hz", \.output.previewRateHz, 0...100, unit: "per second"),
      whole("output.preview_side_px", \.output.previewSide, 16...4096, unit: "pixels"),
      file("model.path", \.model.path),
      text("material.name", \.material.name, mayBeEmpty: true),
      number("material.pseudo_cubic_nm", \.material.pseudoCubicNm, 0.3...0.6, unit: "nm"),
      number("instrument.pixel_size_nm", \.instrument.pixelSizeNm, 1e-4...0.1, unit: "nm"),
      number("instrument.voltage_kV", \.instrument.voltageKV, 20...1500, unit: "kV"),
      number("instrument.semi_angle_mrad", \.instrument.semiAngleMrad, 1...100, unit: "mrad"),
      number("instrument.detector_inner_mrad", \.instrument.detectorInnerMrad, 0...500, unit: "mrad"),
      number("instrument.detector_outer_mrad", \.instrument.detectorOuterMrad, 0...500, unit: "mrad"),
      number("accumulation.frames", \.accumulation.frames, 0...10000, unit: "frames"),
      flag("regions.enabled", \.regions.enabled),
      whole("regions.least_cells", \.regions.leastCells, 8...100_000, unit: "cells"),
      loopback("monitor.http", \.monitor.http),
      number("monitor.stall_s", \.monitor.stallS, 1...3600, unit: "seconds"),
      number("monitor.log_interval_s", \.monitor.logIntervalS, 0...86400, unit: "seconds"),
      file("security.secret_key", \.security.secretKey, mayBeEmpty: true),
      file("security.output_clients", \.security.outputClients, mayBeEmpty: true),
      file("security.input_server_key", \.security.inputServerKey, mayBeEmpty: true),
      file("security.input_clients", \.security.inputClients, mayBeEmpty: true),
      flag("security.allow_plaintext", \.security.allowPlaintext),
      file("recording.folder", \.recording.folder, mayBeEmpty: true),
      whole("recording.rotate_mb", \.recording.rotateMB, 1...1 << 20, unit: "MiB"),
      number("recording.rotate_s", \.recording.rotateS, 1...604_800, unit: "seconds"),
      whole("recording.keep_free_mb", \.recording.keepFreeMB, 0...1 << 24, unit: "MiB"),
      whole("recording.queue_mb", \.recording.queueMB, 1...1 << 16, unit: "MiB"),
      whole(
        "compute.threads", \.compute.threads, 0...AgentConfiguration.Compute.mostThreads,
        unit: "threads; 0 for as many as processors"),
      flag("compute.pin", \.compute.pin),
    ]
  }
}
