// SPDX-License-Identifier: GPL-3.0-or-later

/// The first data block of a CIF as tag–value pairs and loop columns; tags in lower case.
struct CIFItems {
  private(set) var values: [String: String] = [:]
  private(set) var columns: [String: [String]] = [:]

  init(_ text: String) {
    var tokens = Self.tokens(text)[...]
    var blocks = 0
    while let token = tokens.popFirst() {
      let lower = token.text.lowercased()
      if token.isBare, lower.hasPrefix("data_") {
        blocks += 1
        if blocks > 1 { return }
      } else if token.isBare, lower == "loop_" {
        readLoop(&tokens)
      } else if token.isBare, lower.hasPrefix("_"), let value = tokens.first, !value.isTag {
        values[lower] = value.text
        tokens.removeFirst()
      }
    }
  }

  private mutating func readLoop(_ tokens: inout ArraySlice<Token>) {
    var tags: [String] = []
    while let token = tokens.first, token.isTag {
      tags.append(token.text.lowercased())
      tokens.removeFirst()
    }
    guard !tags.isEmpty else { return }
    var rows: [String] = []
    while let token = tokens.first, !token.isTag, !token.isKeyword {
      rows.append(token.text)
      tokens.removeFirst()
    }
    // A loop whose last row is cut short keeps its whole rows only.
    for (n, tag) in tags.enumerated() {
      columns[tag] = stride(from: n, to: rows.count - rows.count % tags.count, by: tags.count).map { rows[$0] }
    }
  }

  private struct Token {
    var text: String
    var isBare: Bool
    var isTag: Bool { isBare && text.hasPrefix("_") }
    var isKeyword: Bool {
      let lower = text.lowercased()
      return isBare && (lower == "loop_" || lower.hasPrefix("data_"))
    }
  }

  private static func tokens(_ text: String) -> [Token] {
    var found: [Token] = []
    var block: [Substring]?
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      if line.hasPrefix(";") {
        if let lines = block {
          found.append(Token(text: lines.joined(separator: "\n"), isBare: false))
          block = nil
        } else {
          block = [line.dropFirst()]
        }
      } else if block != nil {
        block?.append(line)
      } else {
        appendTokens(of: line, to: &found)
      }
    }
    return found
  }

  private static func appendTokens(of line: Substring, to found: inout [Token]) {
    var rest = line
    while true {
      rest = rest.drop(while: \.isWhitespace)
      guard let first = rest.first, first != "#" else { return }
      if first == "'" || first == "\"" {
        rest.removeFirst()
        // A quote ends a string only before white space or the end of the line.
        var end = rest.startIndex
        while end < rest.endIndex {
          let next = rest.index(after: end)
          if rest[end] == first, next == rest.endIndex || rest[next].isWhitespace { break }
          end = next
        }
        found.append(Token(text: String(rest[..<end]), isBare: false))
        rest = end < rest.endIndex ? rest[rest.index(after: end)...] : rest[end...]
      } else {
        let word = rest.prefix { !$0.isWhitespace }
        found.append(Token(text: String(word), isBare: true))
        rest = rest[word.endIndex...]
      }
    }
  }
}
