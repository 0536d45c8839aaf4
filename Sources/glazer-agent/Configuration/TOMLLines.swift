// SPDX-License-Identifier: GPL-3.0-or-later

/// Finds the line on which a dotted key of a TOML text stands: TOMLKit tells values, not where they were.
///
/// Knows `[table]` headers and `key =`, bare, quoted and dotted. A key inside an inline table is found by the line of the
/// table that holds it.
struct TOMLLines {
  private var lines: [String: Int] = [:]

  init(_ text: String) {
    var table: [String] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let content = line.drop(while: \.isWhitespace)
      if content.hasPrefix("["), let end = content.firstIndex(of: "]") {
        table = Self.parts(content[content.index(after: content.startIndex)..<end].drop { $0 == "[" })
        note(table, index + 1)
      } else if !content.hasPrefix("#"), let equals = content.firstIndex(of: "=") {
        note(table + Self.parts(content[..<equals]), index + 1)
      }
    }
  }

  /// The line of `key`, or of the nearest table around it.
  func line(of key: String) -> Int? {
    var parts = Self.parts(key[...])
    while !parts.isEmpty {
      if let line = lines[parts.joined(separator: ".")] { return line }
      parts.removeLast()
    }
    return nil
  }

  private mutating func note(_ parts: [String], _ line: Int) {
    let key = parts.joined(separator: ".")
    if lines[key] == nil { lines[key] = line }
  }

  private static func parts(_ key: Substring) -> [String] {
    key.split(separator: ".").map { $0.filter { !$0.isWhitespace && $0 != "\"" && $0 != "'" } }
  }
}
