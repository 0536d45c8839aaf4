// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import Foundation

extension EffectiveConfiguration {
  /// Every key with its value, and as a comment where it came from. The text is TOML, and as an `agent.toml` of its own
  /// it means the same.
  var listing: String {
    var rows: [(text: String, comment: String)] = []
    var section = ""
    for key in ConfigurationKey.all {
      let parts = key.name.split(separator: ".", maxSplits: 1)
      if parts[0] != section {
        section = String(parts[0])
        rows.append(("[\(section)]", ""))
      }
      let comment = comment(on: key)
      if let value = key.shown(values) {
        rows.append(("\(parts[1]) = \(value)", comment))
      } else {
        rows.append(("# \(parts[1]) is not set", comment))
      }
    }
    // A very long value does not push all comments to the right.
    let width = min(rows.map(\.text.count).max() ?? 0, 48)
    return rows.map { row in
      row.comment.isEmpty ? row.text : row.text.padding(toAtLeast: width) + "  # " + row.comment
    }.joined(separator: "\n")
  }

  private func comment(on key: ConfigurationKey) -> String {
    guard let places = origins[key.name], let last = places.last else {
      return "default"
    }
    let overridden = places.dropLast().map(Self.shown)
    return Self.shown(last) + (overridden.isEmpty ? "" : ", over " + overridden.joined(separator: ", "))
  }

  private static func shown(_ origin: Origin) -> String { origin.path + (origin.line.map { ":\($0)" } ?? "") }
}

extension String {
  fileprivate func padding(toAtLeast width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
