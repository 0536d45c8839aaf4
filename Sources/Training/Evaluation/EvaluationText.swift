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
    "q", "|p|", "|r|", "α", "β", "γ", "sign", "q low", "|p| low", "|r| low", "cov q", "cov p", "cov r", "signed α/β/γ",
  ]

  /// One predictor's scores as text, in the order of `columns`; "low" is ρ < 4°, the rest ρ ≥ 4°.
  static func cells(_ s: Scores) -> [String] {
    func degrees(_ x: Double) -> String { String(format: "%.2f", x) }
    let high = s.atLeast4
    return [
      degrees(high.q), degrees(high.p), degrees(high.r), degrees(high.alpha), degrees(high.beta), degrees(high.gamma),
      high.signAccuracy.map { String(format: "%.3f", $0) } ?? "–", degrees(s.below4.q), degrees(s.below4.p),
      degrees(s.below4.r), degrees(high.coverageQ), degrees(high.coverageP), degrees(high.coverageR),
      String(format: "%.1f/%.1f/%.1f", high.signedAlpha, high.signedBeta, high.signedGamma),
    ]
  }

  var rows: [(condition: Condition, predictor: String, cells: [String])] {
    tables.flatMap { table in
      let predictors: [(String, Scores?)] = [
        ("int8", table.int8), ("float", table.float), ("constant", table.constant),
      ]
      return predictors.compactMap { name, scores in scores.map { (table.condition, name, Self.cells($0)) } }
    }
  }

  /// The table for a terminal.
  public var text: String {
    func pad(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    let widths = Self.columns.map { max($0.count, 5) }
    func line(_ first: String, _ cells: [String]) -> String {
      "  " + first + String(repeating: " ", count: max(0, 9 - first.count))
        + zip(cells, widths).map { pad($0, $1 + 2) }.joined()
    }
    var lines = [
      "rms errors in degrees, \(samplesPerCondition) samples a condition, tilts never seen in training, per B column",
      line("", Self.columns),
    ]
    var last: Condition?
    for row in rows {
      if row.condition != last { lines.append(row.condition.title) }
      last = row.condition
      lines.append(line(row.predictor, row.cells))
    }
    lines.append(
      "ρ ≥ 4° unless \"low\" (ρ < 4°); modulo (−β,−α,−γ); sign: of p·r where |p|, |r| > 2°; cov: share within σ")
    lines.append("signed: as the paper counts; a network that states the mean of both solutions has 4.1/4.1/5.8")
    return lines.joined(separator: "\n")
  }
}
