// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import Foundation

/// What the agent runs with: defaults, over them the profiles, over them `agent.toml`; and where each value came from.
///
/// A plain function of paths: reading it again gives what the files say now, which is how a reload works.
struct EffectiveConfiguration {
  /// More than anybody composes; a list by mistake is told instead of read.
  static let maximumProfiles = 16

  /// Where a value was set; `line` counts from 1.
  struct Origin: Equatable {
    let path: String
    let line: Int?
  }

  private(set) var values = AgentConfiguration()
  /// Of each key that a file sets, every place that does, the one that holds last. Keys without one have their default.
  private(set) var origins: [String: [Origin]] = [:]
  /// The files read: profiles in the order in which they were applied, then `agent.toml`.
  private(set) var files: [String] = []

  /// Reads `agent.toml` at `path` and the profiles it asks for, and after them those in `profiles`. Later profiles
  /// override earlier ones, and `agent.toml` overrides them all. Relative paths in any of the files become relative to
  /// the folder of `agent.toml`.
  init(contentsOf path: String, profiles: [String] = []) throws(ConfigurationError) {
    let main = try ConfigurationFile(contentsOf: path)
    // As it was written, so that messages name files the way the caller did.
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().map { $0 + "/" }.joined()
    let count = main.profiles.count + profiles.count
    guard count <= Self.maximumProfiles else {
      throw .outOfRange(
        path: path, line: main.profilesLine, key: ConfigurationFile.profilesKey, found: "a list of \(count)",
        expected: "at most \(Self.maximumProfiles) profiles")
    }
    for name in main.profiles {
      try apply(Self.profile(name, folder: folder, askedBy: Origin(path: path, line: main.profilesLine)))
    }
    for name in profiles {
      try apply(Self.profile(name, folder: folder, askedBy: Origin(path: "--profile", line: nil)))
    }
    try apply(main)
    let base = URL(fileURLWithPath: path).deletingLastPathComponent()
    for key in ConfigurationKey.all {
      // A key of CURVE that stands in place of its file's path must not come back in a message about a file.
      guard let file = key.file, !values[keyPath: file].isEmpty, !AgentSecurity.isKey(values[keyPath: file]) else {
        continue
      }
      values[keyPath: file] = URL(fileURLWithPath: values[keyPath: file], relativeTo: base).path
    }
  }

  /// Without files: the text of an `agent.toml`, whose profiles are not read and whose paths stay as they are.
  init(_ text: String, path: String) throws(ConfigurationError) {
    try apply(try ConfigurationFile(text, path: path))
  }

  private mutating func apply(_ file: ConfigurationFile) throws(ConfigurationError) {
    try file.apply(to: &values)
    files.append(file.path)
    for entry in file.entries { origins[entry.key.name, default: []].append(Origin(path: file.path, line: entry.line)) }
  }

  /// "materials/SrTiO3" is `profiles/materials/SrTiO3.toml` beside `agent.toml`; what ends in ".toml" is a path.
  private static func profile(
    _ name: String, folder: String, askedBy origin: Origin
  ) throws(ConfigurationError) -> ConfigurationFile {
    let isPath = name.hasSuffix(".toml")
    let relative = isPath ? name : "profiles/\(name).toml"
    let path = relative.hasPrefix("/") ? relative : folder + relative
    guard FileManager.default.fileExists(atPath: path) else {
      throw .noProfile(
        path: origin.path, line: origin.line, name: name, lookedAt: path,
        nearest: isPath ? nil : Spelling.nearest(to: name, among: names(in: folder)))
    }
    let file = try ConfigurationFile(contentsOf: path)
    guard file.profilesLine == nil else {
      throw .nestedProfiles(path: path, line: file.profilesLine)
    }
    return file
  }

  /// The names that can be asked for.
  private static func names(in folder: String) -> [String] {
    let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder + "profiles")) ?? []
    return paths.filter { $0.hasSuffix(".toml") }.map { String($0.dropLast(5)) }.sorted()
  }
}
