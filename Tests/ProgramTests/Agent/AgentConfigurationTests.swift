// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport
import Testing

@testable import Agent
@testable import glazer_agent

extension ConfigurationFile {
  /// The configuration that a text alone gives.
  static func parse(_ text: String, path: String) throws(ConfigurationError) -> AgentConfiguration {
    try EffectiveConfiguration(text, path: path).values
  }
}

@Suite("agent.toml")
struct AgentConfigurationTests {
  private func error(_ text: String) -> ConfigurationError? {
    do throws(ConfigurationError) {
      _ = try ConfigurationFile.parse(text, path: "agent.toml")
      return nil
    } catch {
      return error
    }
  }

  @Test("every key is read into its place")
  func everyKey() throws {
    let configuration = try ConfigurationFile.parse(
      """
      [input]
      endpoint = "ipc:///run/frames"
      socket = "pull"
      bind = true
      topic = "abf"
      maximum_message_bytes = 1048576
      silence_s = 2
      [output]
      endpoint = "tcp://*:7000"
      queue = 3
      status_interval_s = 0.5
      event_interval_s = 0
      preview_rate_hz = 0
      preview_side_px = 256
      [model]
      path = "m.safetensors"
      [material]
      name = "LaAlO3"
      pseudo_cubic_nm = 0.379
      [instrument]
      pixel_size_nm = 0.01
      voltage_kV = 300
      semi_angle_mrad = 25.5
      detector_inner_mrad = 12
      detector_outer_mrad = 25
      [recording]
      folder = "records"
      rotate_mb = 10
      rotate_s = 60
      keep_free_mb = 0
      queue_mb = 8
      """, path: "agent.toml")
    var expected = AgentConfiguration()
    expected.input.endpoint = "ipc:///run/frames"
    expected.input.socket = .pull
    expected.input.bind = true
    expected.input.topic = "abf"
    expected.input.maximumMessageBytes = 1 << 20
    expected.input.silenceS = 2
    expected.output.endpoint = "tcp://*:7000"
    expected.output.queue = 3
    expected.output.statusIntervalS = 0.5
    expected.output.eventIntervalS = 0
    expected.output.previewRateHz = 0
    expected.output.previewSide = 256
    expected.model.path = "m.safetensors"
    expected.material.name = "LaAlO3"
    expected.material.pseudoCubicNm = 0.379
    expected.instrument.pixelSizeNm = 0.01
    expected.instrument.voltageKV = 300
    expected.instrument.semiAngleMrad = 25.5
    expected.instrument.detectorInnerMrad = 12
    expected.instrument.detectorOuterMrad = 25
    expected.recording.folder = "records"
    expected.recording.rotateMB = 10
    expected.recording.rotateS = 60
    expected.recording.keepFreeMB = 0
    expected.recording.queueMB = 8
    #expect(configuration == expected)
  }

  @Test("an unknown key is named with its line, and the nearest known one")
  func unknownKeys() {
    #expect(
      error("# x\n[input]\n\nendpiont = \"a\"\n")
        == .unknownKey(path: "agent.toml", line: 4, key: "input.endpiont", nearest: "input.endpoint"))
    #expect(
      error("[model]\npath = \"m\"\n[models]\npath = \"m\"\n")
        == .unknownKey(path: "agent.toml", line: 3, key: "models", nearest: nil))
    #expect(
      error("verbose = true\n") == .unknownKey(path: "agent.toml", line: 1, key: "verbose", nearest: nil))
    #expect(
      error("output.queue = 3\noutput.quuee = 3\n")
        == .unknownKey(path: "agent.toml", line: 2, key: "output.quuee", nearest: "output.queue"))
    #expect(
      error("input = { endpoint = \"a\", bnid = true }\n")
        == .unknownKey(path: "agent.toml", line: 1, key: "input.bnid", nearest: "input.bind"))
  }

  @Test("wrong types and values outside their range are named with what was expected")
  func values() {
    #expect(
      error("[output]\nqueue = \"many\"\n")
        == .wrongType(
          path: "agent.toml", line: 2, key: "output.queue", found: "\"many\"", expected: "a whole number"))
    #expect(
      error("[output]\nqueue = 0\n")
        == .outOfRange(path: "agent.toml", line: 2, key: "output.queue", found: "0", expected: "1 to 10000 messages"))
    #expect(
      error("[input]\nsocket = \"router\"\n")
        == .outOfRange(
          path: "agent.toml", line: 2, key: "input.socket", found: "\"router\"", expected: "\"sub\" or \"pull\""))
    #expect(
      error("[material]\npseudo_cubic_nm = nan\n")
        == .outOfRange(
          path: "agent.toml", line: 2, key: "material.pseudo_cubic_nm", found: "nan", expected: "0.3 to 0.6 nm"))
    #expect(
      error("input = 3\n")
        == .unknownKey(path: "agent.toml", line: 1, key: "input", nearest: nil))
  }

  @Test("profiles are a list of names")
  func profileNames() {
    let expected = "a list of names, such as [\"materials/SrTiO3\"]"
    #expect(
      error("profiles = \"materials/SrTiO3\"\n")
        == .wrongType(
          path: "agent.toml", line: 1, key: "profiles", found: "\"materials/SrTiO3\"", expected: expected))
    #expect(
      error("\nprofiles = [\"a\", 3]\n")
        == .wrongType(path: "agent.toml", line: 2, key: "profiles", found: "a list with 3 in it", expected: expected))
    #expect(
      error("profile = []\n") == .unknownKey(path: "agent.toml", line: 1, key: "profile", nearest: "profiles"))
  }

  @Test("text that is no TOML is told with its line")
  func syntax() {
    guard case .syntax(_, let line, _) = error("[input]\nendpoint = \n") else {
      Issue.record("taken for TOML")
      return
    }
    #expect(line == 2)
  }
}
