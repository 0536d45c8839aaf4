// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Writes Prometheus's text format, version 0.0.4: families of samples, each with its help and type.
struct PrometheusText {
  enum Kind: String { case counter, gauge, histogram }

  static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private(set) var text = ""

  /// Opens a family; its samples must follow before the next one opens.
  mutating func family(_ name: StaticString, _ kind: Kind, _ help: StaticString) {
    // Help texts are literals without line ends and backslashes.
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  mutating func sample(_ name: String, _ labels: [(name: StaticString, value: String)] = [], value: Double) {
    write(name, labels, Self.number(value))
  }

  mutating func sample(_ name: String, _ labels: [(name: StaticString, value: String)] = [], count: UInt64) {
    write(name, labels, "\(count)")
  }

  /// A family of one sample without labels.
  mutating func single(_ name: StaticString, _ kind: Kind, _ help: StaticString, value: Double) {
    family(name, kind, help)
    sample("\(name)", value: value)
  }

  mutating func single(_ name: StaticString, _ kind: Kind, _ help: StaticString, count: UInt64) {
    family(name, kind, help)
    sample("\(name)", count: count)
  }

  /// 1 for true.
  mutating func single(_ name: StaticString, flag: Bool, _ help: StaticString) {
    single(name, .gauge, help, count: flag ? 1 : 0)
  }

  /// The samples of one histogram in an open family.
  mutating func histogram(
    _ name: String, _ labels: [(name: StaticString, value: String)], _ histogram: LatencyHistogram
  ) {
    for index in 0..<LatencyHistogram.bucketCount {
      let bound = Self.number(LatencyHistogram.boundsS[index])
      sample(name + "_bucket", labels + [("le", bound)], count: histogram.cumulativeCount(upTo: index))
    }
    sample(name + "_bucket", labels + [("le", "+Inf")], count: histogram.count)
    sample(name + "_sum", labels, value: histogram.sumS)
    sample(name + "_count", labels, count: histogram.count)
  }

  private mutating func write(_ name: String, _ labels: [(name: StaticString, value: String)], _ value: String) {
    text += name
    if !labels.isEmpty {
      text += "{"
      for (index, label) in labels.enumerated() {
        text += "\(index > 0 ? "," : "")\(label.name)=\"\(Self.escaped(label.value))\""
      }
      text += "}"
    }
    text += " \(value)\n"
  }

  /// Names of models and series come from outside. By scalars: a quote with a combining mark behind it is another character.
  static func escaped(_ value: String) -> String {
    let line = value.onOneLine
    guard line.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\"") }) else { return line }
    var escaped = String.UnicodeScalarView()
    for scalar in line.unicodeScalars {
      if scalar == "\\" || scalar == "\"" { escaped.append("\\") }
      escaped.append(scalar)
    }
    return String(escaped)
  }

  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    return value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
  }
}
