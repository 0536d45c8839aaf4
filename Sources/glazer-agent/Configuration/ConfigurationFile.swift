// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import Foundation
import TOMLKit

/// Reads `agent.toml`.
enum ConfigurationFile {
  static let maximumBytes = 1 << 20

  /// The configuration in the file at `path`: defaults, and what the file sets. Relative paths in it become relative to
  /// the file's folder.
  static func load(_ path: String) throws(ConfigurationError) -> AgentConfiguration {
    let url = URL(fileURLWithPath: path)
    let data: Data
    do {
      data = try Data(contentsOf: url)
    } catch {
      let isThere = FileManager.default.fileExists(atPath: path)
      throw .unreadable(path: path, reason: isThere ? "it is no readable file" : "no such file")
    }
    guard data.count <= maximumBytes else { throw .tooLarge(path: path, bytes: data.count, limit: maximumBytes) }
    guard let text = String(data: data, encoding: .utf8) else {
      throw .syntax(path: path, line: 1, reason: "the text is not UTF-8")
    }
    var configuration = try parse(text, path: path)
    configuration.model.path =
      URL(fileURLWithPath: configuration.model.path, relativeTo: url.deletingLastPathComponent()).path
    return configuration
  }

  /// `path` is for messages only.
  static func parse(_ text: String, path: String) throws(ConfigurationError) -> AgentConfiguration {
    let table: TOMLTable
    do {
      table = try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      throw .syntax(path: path, line: error.source.begin.line, reason: error.description)
    } catch {
      throw .syntax(path: path, line: 1, reason: "\(error)")
    }
    var configuration = AgentConfiguration()
    let lines = TOMLLines(text)
    let keys = Dictionary(uniqueKeysWithValues: ConfigurationKey.all.map { ($0.name, $0) })
    // In the order of the file, so that the first mistake is the one that is told.
    let entries = flatten(table, prefix: "").sorted { (lines.line(of: $0.name) ?? 0) < (lines.line(of: $1.name) ?? 0) }
    for entry in entries {
      guard let key = keys[entry.name] else {
        throw .unknownKey(
          path: path, line: lines.line(of: entry.name), key: entry.name, nearest: nearest(to: entry.name))
      }
      do throws(ConfigurationKey.Problem) {
        try key.apply(entry.value, &configuration)
      } catch {
        let (line, found) = (lines.line(of: entry.name), shown(entry.value))
        switch error {
        case .wrongType(let expected):
          throw .wrongType(path: path, line: line, key: entry.name, found: found, expected: expected)
        case .outOfRange(let expected):
          throw .outOfRange(path: path, line: line, key: entry.name, found: found, expected: expected)
        }
      }
    }
    return configuration
  }

  private static func flatten(_ table: TOMLTable, prefix: String) -> [(name: String, value: any TOMLValueConvertible)] {
    let sections = Set(ConfigurationKey.all.map { $0.name.split(separator: ".")[0] })
    return table.keys.flatMap { key -> [(name: String, value: any TOMLValueConvertible)] in
      guard let value = table[key] else { return [] }
      // An unknown section is told as such, not by the first key in it.
      if prefix.isEmpty, sections.contains(key[...]), let section = value.table {
        return flatten(section, prefix: key + ".")
      }
      return [(prefix + key, value)]
    }
  }

  private static func shown(_ value: any TOMLValueConvertible) -> String {
    switch value.type {
    case .string: "\"\((value.string ?? "").prefix(60))\""
    case .int: "\(value.int ?? 0)"
    case .double: "\(value.double ?? 0)"
    case .bool: "\(value.bool ?? false)"
    default: "a \(value.type.description)"
    }
  }

  /// The known key that is written most alike, if it is at most a few letters off.
  private static func nearest(to name: String) -> String? {
    let distances = ConfigurationKey.all.map { ($0.name, editDistance($0.name, name)) }
    guard let best = distances.min(by: { $0.1 < $1.1 }), best.1 <= 3 else { return nil }
    return best.0
  }

  /// Letters to insert, delete or replace (Levenshtein). O(product of the lengths).
  private static func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.prefix(80)), Array(b.prefix(80)))
    var row = Array(0...b.count)
    for i in a.indices {
      var diagonal = row[0]
      row[0] = i + 1
      for j in b.indices {
        let replaced = diagonal + (a[i] == b[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j + 1] + 1, row[j] + 1)
      }
    }
    return row[b.count]
  }
}
