// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport
import Testing

@testable import Agent
@testable import glazer_agent

/// How `agent.toml` and profiles make one configuration.
@Suite("profiles")
struct ProfileTests {
  private let folder: TemporaryDirectory

  init() throws {
    folder = try TemporaryDirectory()
    try write("profiles/materials/A.toml", "[material]\npseudo_cubic_nm = 0.4\n[output]\nqueue = 3\n")
    try write("profiles/instruments/B.toml", "[instrument]\npixel_size_nm = 0.02\n[output]\nqueue = 4\n")
  }

  @discardableResult
  private func write(_ name: String, _ text: String) throws -> String {
    let path = folder.file(name)
    try FileManager.default.createDirectory(
      at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func error(_ text: String, profiles: [String] = []) throws -> ConfigurationError? {
    let path = try write("agent.toml", text)
    do throws(ConfigurationError) {
      _ = try EffectiveConfiguration(contentsOf: path, profiles: profiles)
      return nil
    } catch {
      return error
    }
  }

  @Test("a later profile overrides an earlier one, agent.toml overrides both, and the rest keeps its default")
  func order() throws {
    let path = try write(
      "agent.toml", "profiles = [\"materials/A\", \"instruments/B\"]\n[instrument]\npixel_size_nm = 0.01\n")
    var expected = AgentConfiguration()
    expected.material.pseudoCubicNm = 0.4
    expected.output.queue = 4
    expected.instrument.pixelSizeNm = 0.01
    expected.model.path = folder.file("models/default.safetensors")
    let composed = try EffectiveConfiguration(contentsOf: path)
    #expect(composed.values == expected)
    let (a, b) = (folder.file("profiles/materials/A.toml"), folder.file("profiles/instruments/B.toml"))
    #expect(composed.files == [a, b, path])
    #expect(composed.origins["output.queue"] == [.init(path: a, line: 4), .init(path: b, line: 4)])
    #expect(composed.origins["instrument.pixel_size_nm"] == [.init(path: b, line: 2), .init(path: path, line: 3)])
    #expect(composed.origins["output.endpoint"] == nil)
  }

  @Test("profiles of the command line come after those of the file; a file by its path will do")
  func commandLine() throws {
    let path = try write("agent.toml", "profiles = [\"instruments/B\"]\n")
    let composed = try EffectiveConfiguration(contentsOf: path, profiles: ["materials/A"])
    #expect(composed.values.output.queue == 3)
    let other = try write("elsewhere/mine.toml", "[output]\nqueue = 7\n")
    #expect(try EffectiveConfiguration(contentsOf: path, profiles: [other]).values.output.queue == 7)
    try write("agent.toml", "profiles = [\"elsewhere/mine.toml\"]\n")
    #expect(try EffectiveConfiguration(contentsOf: path).values.output.queue == 7)
  }

  @Test("a model named in a profile is found from the folder of agent.toml")
  func paths() throws {
    try write("profiles/materials/A.toml", "[model]\npath = \"models/a.safetensors\"\n")
    let path = try write("agent.toml", "profiles = [\"materials/A\"]\n")
    #expect(try EffectiveConfiguration(contentsOf: path).values.model.path == folder.file("models/a.safetensors"))
  }

  @Test("mistakes in a profile are told with its file, key and line")
  func mistakes() throws {
    let profile = try write("profiles/materials/A.toml", "# a\n[material]\npseudo_cubic = 0.4\n")
    #expect(
      try error("profiles = [\"materials/A\"]\n")
        == .unknownKey(path: profile, line: 3, key: "material.pseudo_cubic", nearest: "material.pseudo_cubic_nm"))
    try write("profiles/materials/A.toml", "[material]\npseudo_cubic_nm = 4\n")
    #expect(
      try error("profiles = [\"materials/A\"]\n")
        == .outOfRange(
          path: profile, line: 2, key: "material.pseudo_cubic_nm", found: "4", expected: "0.3 to 0.6 nm"))
    try write("profiles/materials/A.toml", "profiles = [\"instruments/B\"]\n")
    #expect(try error("profiles = [\"materials/A\"]\n") == .nestedProfiles(path: profile, line: 1))
  }

  @Test("a profile that is not there is told with who asked for it, where it was looked for, and the nearest name")
  func missing() throws {
    let main = folder.file("agent.toml")
    #expect(
      try error("\nprofiles = [\"material/A\"]\n")
        == .noProfile(
          path: main, line: 2, name: "material/A", lookedAt: folder.file("profiles/material/A.toml"),
          nearest: "materials/A"))
    #expect(
      try error("", profiles: ["nothing.toml"])
        == .noProfile(
          path: "--profile", line: nil, name: "nothing.toml", lookedAt: folder.file("nothing.toml"), nearest: nil))
    let many = Array(repeating: "\"materials/A\"", count: 17).joined(separator: ", ")
    #expect(
      try error("profiles = [\(many)]\n")
        == .outOfRange(
          path: main, line: 1, key: "profiles", found: "a list of 17", expected: "at most 16 profiles"))
  }

  @Test("the listing is TOML that means the same, and says where every value came from")
  func listing() throws {
    let path = try write(
      "agent.toml",
      """
      profiles = ["materials/A", "instruments/B"]
      [input]
      topic = "a \\"b\\" \\\\ \\u0007 µ"
      silence_s = 2
      [instrument]
      pixel_size_nm = 0.01
      """)
    let composed = try EffectiveConfiguration(contentsOf: path)
    let listing = composed.listing
    #expect(try EffectiveConfiguration(listing, path: "listing").values == composed.values)
    let b = folder.file("profiles/instruments/B.toml")
    for key in ConfigurationKey.all {
      let word = String(key.name.split(separator: ".")[1])
      #expect(listing.contains("\n\(word) = ") || listing.contains("\n# \(word) is not set"), "\(key.name)")
    }
    let line = listing.split(separator: "\n").first { $0.hasPrefix("pixel_size_nm") }
    #expect(line?.hasSuffix("# \(path):6, over \(b):2") == true)
    #expect(listing.split(separator: "\n").first { $0.hasPrefix("preview_rate_hz") }?.hasSuffix("# default") == true)
  }
}
