// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

extension EvaluationSummary.Condition {
  /// For example "1e5 e/Å², source 0.7 Å".
  public var title: String {
    let dose = String(format: "1e%.0f e/Å²", log10(dosePerA2))
    let source =
      sourceFWHMA.lower == sourceFWHMA.upper
      ? (sourceFWHMA.lower == 0 ? "point source" : "source \(sourceFWHMA.lower) Å")
      : "source \(sourceFWHMA.lower)–\(sourceFWHMA.upper) Å"
    return "\(dose), \(source)"
  }
}

extension EvaluationSummary {
  /// Column heads of `cells`.
  static let columns = [
    "q", "|p|", "|r|", "over bound", "α", "β", "γ", "sign", "q low", "|p| low", "|r| low", "cov q", "cov p", "cov r",
    "signed α/β/γ",
  ]

  /// One predictor's scores as text, in the order of `columns`; "low" is ρ < 4°, the rest ρ ≥ 4°.
  static func cells(_ s: Scores, bound: Bound?) -> [String] {
    func degrees(_ x: Double) -> String { String(format: "%.2f", x) }
    // Of a predictor that states no deviations nothing is within them.
    func share(_ coverage: KeyPath<TiltScores, Double>) -> String {
      let value = s.coverage(coverage)
      return value > 0 ? degrees(value) : "–"
    }
    let high = s.atLeast4
    return [
      degrees(high.q), degrees(high.p), degrees(high.r),
      bound.map { String(format: "%.2f/%.2f/%.2f", high.q / $0.q, high.p / $0.p, high.r / $0.r) } ?? "–",
      degrees(high.alpha), degrees(high.beta), degrees(high.gamma),
      high.signAccuracy.map { String(format: "%.3f", $0) } ?? "–", degrees(s.below4.q), degrees(s.below4.p),
      degrees(s.below4.r), share(\.coverageQ), share(\.coverageP),
      share(\.coverageR),
      String(format: "%.1f/%.1f/%.1f", high.signedAlpha, high.signedBeta, high.signedGamma),
    ]
  }

  var rows: [(condition: Condition, predictor: String, cells: [String])] {
    tables.flatMap { table in
      let predictors: [(String, Scores?)] = [
        ("int8", table.int8), ("float", table.float), ("classical", table.classical),
        ("published", table.published), ("constant", table.constant),
      ]
      return predictors.compactMap { name, scores in
        scores.map { (table.condition, name, Self.cells($0, bound: table.bound)) }
      }
    }
  }

  /// For example "bound 0.21 0.50 0.55; below 4.8°: 0.97 of 612 flagged, above 9.6°: 0.02".
  static func remark(_ table: Table) -> String {
    var parts: [String] = []
    if let b = table.bound { parts.append(String(format: "bound %.2f %.2f %.2f", b.q, b.p, b.r)) }
    let (d, limit) = (table.detection, table.detection.limitRhoDegrees ?? 1)
    if let recall = d.recall {
      var text = String(format: "ρ below %.1f°: %.2f of %d flagged", limit, recall, d.samplesBelow)
      if let alarms = d.falseAlarms { text += String(format: ", above %.1f°: %.2f", 2 * limit, alarms) }
      parts.append(text)
    }
    return parts.joined(separator: "; ")
  }

  func remark(_ condition: Condition) -> String {
    tables.first { $0.condition == condition }.map(Self.remark) ?? ""
  }

  /// What `score` makes of kinds of images that training never had.
  var foreignRows: [[String]] {
    foreign.map {
      [$0.kind, String(format: "%.3f", $0.areaUnderCurve), String(format: "%.2f", $0.flagged), "\($0.samples)"]
    }
  }
  static let foreignColumns = ["kind", "area under the curve", "flagged", "samples"]

  /// Senses that occur, true ones first.
  var patternNames: (truths: [String], found: [String]) {
    let truths = Set(patterns.map(\.truth)).sorted()
    return (truths, truths + Set(patterns.map(\.found)).subtracting(truths).sorted())
  }

  /// For example "38 (24)": regions, and those told; "" where none are.
  func patternCell(truth: String, found: String) -> String {
    patterns.first { $0.truth == truth && $0.found == found }.map { "\($0.regions) (\($0.told))" } ?? ""
  }

  /// The table for a terminal.
  public var text: String {
    func pad(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    let rows = rows
    let widths = Self.columns.indices.map { k in
      rows.reduce(max(Self.columns[k].count, 5)) { max($0, $1.cells[k].count) }
    }
    func line(_ first: String, _ cells: [String]) -> String {
      "  " + first + String(repeating: " ", count: max(0, 10 - first.count))
        + zip(cells, widths).map { pad($0, $1 + 2) }.joined()
    }
    var lines = [
      "rms errors in degrees, \(samplesPerCondition) samples a condition, tilts never seen in training, per B column",
      line("", Self.columns),
    ]
    var last: Condition?
    for row in rows {
      if row.condition != last { lines.append("\(row.condition.title)   \(remark(row.condition))") }
      last = row.condition
      lines.append(line(row.predictor, row.cells))
    }
    lines.append(
      "ρ ≥ 4° unless \"low\" (ρ < 4°); modulo (−β,−α,−γ); sign: of p·r where |p|, |r| > 2°; cov: share within σ, all ρ")
    lines.append(
      "over bound: q, |p|, |r| over the least that the electrons on a patch leave to any reader; flagged: below the detection limit "
        + "at that dose")
    lines.append("signed: as the paper counts; a network that states the mean of both solutions has 4.1/4.1/5.8")
    if !foreign.isEmpty {
      lines.append("score against images of kinds that training never had, 1e5 e/Å²")
      lines += foreignRows.map { "  \($0[0]): area under the curve \($0[1]), \($0[2]) of \($0[3]) flagged" }
    }
    if !patterns.isEmpty {
      let (truths, found) = patternNames
      lines.append("regions of a pattern by the pattern found, those told with at least 0.95 in brackets; 1e5 e/Å²")
      lines.append("  true      " + found.map { pad($0, 10) }.joined())
      lines += truths.map { truth in
        "  " + truth + String(repeating: " ", count: max(0, 10 - truth.count))
          + found.map { pad(patternCell(truth: truth, found: $0), 10) }.joined()
      }
    }
    return lines.joined(separator: "\n")
  }
}
