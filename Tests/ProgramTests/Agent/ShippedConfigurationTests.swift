// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import Inference
import Multislice
import TestSupport
import Testing

@testable import Agent
@testable import glazer_agent

/// firmware-config, as it is shipped.
@Suite("firmware-config")
struct ShippedConfigurationTests {
  private let folder = SharedData.repository.appendingPathComponent("firmware-config")
  private var agentTOML: String { folder.appendingPathComponent("agent.toml").path }

  /// The names of the profiles in `kind`, "materials" or "instruments".
  private func profiles(_ kind: String) throws -> [String] {
    let files = try FileManager.default.contentsOfDirectory(
      atPath: folder.appendingPathComponent("profiles/\(kind)").path)
    return files.filter { $0.hasSuffix(".toml") }.map { "\(kind)/\($0.dropLast(5))" }.sorted()
  }

  /// The settings of `agent.toml`, also those behind a "# ".
  private func settings(_ text: String) -> [(key: String, isCommentedOut: Bool, line: Substring)] {
    var section = ""
    var found: [(key: String, isCommentedOut: Bool, line: Substring)] = []
    for line in text.split(separator: "\n") {
      if line.hasPrefix("[") { section = line.dropFirst().dropLast() + "." }
      let isComment = line.hasPrefix("# ")
      let content = isComment ? line.dropFirst(2) : line
      let words = content.split(separator: " ")
      guard words.count >= 3, words[1] == "=", !words[0].hasPrefix("#") else { continue }
      found.append((section + words[0], isComment, content))
    }
    return found
  }

  @Test("agent.toml has every key once, in order, explained, and only defaults")
  func everyKey() throws {
    let text = try String(contentsOfFile: agentTOML, encoding: .utf8)
    #expect(try ConfigurationFile.parse(text, path: agentTOML) == AgentConfiguration())
    #expect(settings(text).map(\.key) == ["profiles"] + ConfigurationKey.all.map(\.name))
    // Each key stands right below its explanation, or below a key that shares it.
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (above, line) in zip(lines, lines.dropFirst()) where !settings(String(line)).isEmpty {
      #expect(above.hasPrefix("# ") || !settings(String(above)).isEmpty, "\(line)")
    }
  }

  @Test("what is commented out shows the default, where there is one")
  func commentedOut() throws {
    let text = try String(contentsOfFile: agentTOML, encoding: .utf8)
    let defaults = AgentConfiguration()
    for setting in settings(text) where setting.isCommentedOut {
      let key = try #require(ConfigurationKey.all.first { $0.name == setting.key })
      guard let value = key.shown(defaults) else { continue }
      #expect(setting.line == "\(setting.key.split(separator: ".")[1]) = \(value)")
    }
  }

  @Test("agent.toml sets nothing that a shipped profile sets, so that every profile has its effect")
  func nothingHidden() throws {
    let main = Set(try ConfigurationFile(contentsOf: agentTOML).entries.map(\.key.name))
    for name in try profiles("materials") + profiles("instruments") {
      let file = try ConfigurationFile(contentsOf: folder.appendingPathComponent("profiles/\(name).toml").path)
      #expect(!file.entries.isEmpty && main.isDisjoint(with: file.entries.map(\.key.name)), "\(name)")
    }
  }

  @Test("the shipped choice of profiles is the defaults, and what the shipped model was trained for")
  func shippedChoice() throws {
    let composed = try EffectiveConfiguration(contentsOf: agentTOML).values
    var expected = AgentConfiguration()
    expected.model.path = folder.appendingPathComponent("models/default.safetensors").path
    expected.material.name = "SrTiO3"
    expected.instrument.voltageKV = 200
    expected.instrument.semiAngleMrad = 30
    expected.instrument.detectorInnerMrad = 11
    expected.instrument.detectorOuterMrad = 30
    #expect(composed == expected)
    let trained = try TiltModel(contentsOf: composed.model.path).trainedConditions
    #expect(trained.materials.contains("SrTiO3") && trained.imaging != nil)
    #expect(ModelSuitability.differences(composed, trained) == [])
  }

  @Test("the limit of a part takes the largest frame, and the unit's memory as many of them as are under way at once")
  func memory() throws {
    let limit = AgentConfiguration().input.maximumMessageBytes
    #expect(limit == FrameDecoder.largestMessage)
    let unit = try String(contentsOf: folder.appendingPathComponent("systemd/glazer-agent.service"), encoding: .utf8)
    let match = try #require(unit.firstMatch(of: /\nMemoryMax=(\d+)([MG])\n/))
    let byteCount = try #require(Int(match.1)) << (match.2 == "G" ? 30 : 20)
    // One on the wire, one with the thread that receives, one in the mailbox, one that is read: beside it its floats and
    // what registration and cells take.
    #expect(byteCount >= 4 * limit + (768 << 20))
  }

  @Test("every material that glazer knows has a profile with its pseudo-cubic cell")
  func materials() throws {
    #expect(try profiles("materials") == Material.known.map { "materials/\($0.name)" }.sorted())
    for material in Material.known {
      let composed = try EffectiveConfiguration(contentsOf: agentTOML, profiles: ["materials/\(material.name)"])
      #expect(composed.values.material.name == material.name)
      #expect(abs(composed.values.material.pseudoCubicNm * 10 - material.pseudoCubicA) < 1e-9, "\(material.name)")
    }
  }

  @Test("every instrument composes with every material and is held good by --check-config")
  func everyProfile() throws {
    let instruments = try profiles("instruments")
    #expect(instruments.count >= 3)
    for instrument in instruments {
      for material in try profiles("materials") {
        _ = try EffectiveConfiguration(contentsOf: agentTOML, profiles: [material, instrument])
      }
    }
    // The program itself once per profile.
    for name in try profiles("materials") + instruments {
      let result = try Program.run("glazer-agent", "--config", agentTOML, "--profile", name, "--check-config")
      #expect(result.code == 0 && result.output.contains("/profiles/\(name).toml:"), "\(name): \(result.errors)")
      // The shipped models are for 200 kV and have not seen three of the materials; whoever chooses one of those is told.
      let isOther =
        name.contains(/LaAlO3|BiFeO3|LaFeO3/) || !name.hasPrefix("materials/") && !name.contains(/200kV|pixel/)
      #expect(result.output.contains("# mind: ") == isOther, "\(name)")
    }
  }
}
