// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import Foundation
import TOML

/// One TOML file of the configuration, `agent.toml` or a profile: every key in it known, nothing applied yet.
struct ConfigurationFile {
  static let maximumBytes = 1 << 20
  /// The list of profiles is the one key that is no setting: it says which other files to read.
  static let profilesKey = "profiles"

  struct Entry {
    let key: ConfigurationKey
    let value: TOMLValue
    let line: Int?
  }

  /// For messages.
  let path: String
  /// In the order of the file, so that the first mistake is the one that is told.
  let entries: [Entry]
  /// The profiles that it asks for, and the line on which it does.
  let profiles: [String]
  let profilesLine: Int?

  /// Reads the file at `path`; throws what is wrong with its text or its keys. Values are checked when they are applied.
  init(contentsOf path: String) throws(ConfigurationError) {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      let isThere = FileManager.default.fileExists(atPath: path)
      throw .unreadable(path: path, reason: isThere ? "it is no readable file" : "no such file")
    }
    guard data.count <= Self.maximumBytes else {
      throw .tooLarge(path: path, bytes: data.count, limit: Self.maximumBytes)
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw .syntax(path: path, line: 1, reason: "the text is not UTF-8")
    }
    try self.init(text, path: path)
  }

  init(_ text: String, path: String) throws(ConfigurationError) {
    let table: TOMLTable
    do throws(TOMLError) {
      table = try TOMLParser.parse(text)
    } catch {
      throw .syntax(path: path, line: error.line, reason: error.reason)
    }
    let keys = Dictionary(uniqueKeysWithValues: ConfigurationKey.all.map { ($0.name, $0) })
    var entries: [Entry] = []
    var profiles: [String] = []
    var profilesLine: Int?
    for (name, value, line) in Self.flatten(table, prefix: "") {
      if name == Self.profilesKey {
        profiles = try Self.names(value, path: path, line: line)
        profilesLine = line
      } else if let key = keys[name] {
        entries.append(Entry(key: key, value: value, line: line))
      } else {
        throw .unknownKey(path: path, line: line, key: name, nearest: Self.nearest(to: name))
      }
    }
    self.path = path
    self.entries = entries
    self.profiles = profiles
    self.profilesLine = profilesLine
  }

  /// Sets what the file sets.
  func apply(to configuration: inout AgentConfiguration) throws(ConfigurationError) {
    for entry in entries {
      do throws(ConfigurationKey.Problem) {
        try entry.key.apply(entry.value, &configuration)
      } catch {
        let (name, found) = (entry.key.name, Self.shown(entry.value))
        switch error {
        case .wrongType(let expected):
          throw .wrongType(path: path, line: entry.line, key: name, found: found, expected: expected)
        case .outOfRange(let expected):
          throw .outOfRange(path: path, line: entry.line, key: name, found: found, expected: expected)
        }
      }
    }
  }

  private static func names(
    _ value: TOMLValue, path: String, line: Int?
  ) throws(ConfigurationError) -> [String] {
    let expected = "a list of names, such as [\"materials/SrTiO3\"]"
    guard let array = value.array else {
      throw .wrongType(path: path, line: line, key: profilesKey, found: shown(value), expected: expected)
    }
    var names: [String] = []
    for element in array {
      guard let name = element.string, !name.isEmpty else {
        throw .wrongType(
          path: path, line: line, key: profilesKey, found: "a list with \(shown(element)) in it", expected: expected)
      }
      names.append(name)
    }
    return names
  }

  private static func flatten(_ table: TOMLTable, prefix: String) -> [(name: String, value: TOMLValue, line: Int)] {
    let sections = Set(ConfigurationKey.all.map { $0.name.split(separator: ".")[0] })
    return table.entries.flatMap { entry -> [(name: String, value: TOMLValue, line: Int)] in
      // An unknown section is told as such, not by the first key in it.
      if prefix.isEmpty, sections.contains(entry.key[...]), let section = entry.value.table {
        return flatten(section, prefix: entry.key + ".")
      }
      return [(prefix + entry.key, entry.value, entry.line)]
    }
  }

  private static func shown(_ value: TOMLValue) -> String {
    switch value {
    case .string(let text): "\"\(text.prefix(60))\""
    case .integer(let number): "\(number)"
    case .float(let number): "\(number)"
    case .boolean(let flag): "\(flag)"
    default: "a \(value.typeName)"
    }
  }

  private static func nearest(to name: String) -> String? {
    Spelling.nearest(to: name, among: ConfigurationKey.all.map(\.name) + [profilesKey])
  }
}
