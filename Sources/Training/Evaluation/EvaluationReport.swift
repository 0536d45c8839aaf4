// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// The evaluation as one HTML page without outside resources.
public struct EvaluationReport {
  public let summary: EvaluationSummary
  /// Lines of the training log (`TrainingLogRow.header`), if there is one.
  public let log: [[String: Double]]

  /// `logCSV` is the text of a training log; lines that are none are left out.
  public init(_ summary: EvaluationSummary, logCSV: String? = nil) {
    self.summary = summary
    let lines = (logCSV ?? "").split(separator: "\n")
    let names = lines.first.map { $0.split(separator: ",").map(String.init) } ?? []
    log = lines.dropFirst().compactMap { line in
      let values = line.split(separator: ",").compactMap { Double($0) }
      return values.count == names.count ? Dictionary(zip(names, values), uniquingKeysWith: { $1 }) : nil
    }
  }

  public var html: String {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><title>\(escape(summary.model)): evaluation</title>
    <style>
    body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; color: #222; }
    table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
    th, td { padding: .15em .6em; text-align: right; } th:first-child, td:first-child { text-align: left; }
    tr.condition td { font-weight: 600; padding-top: .8em; } tr.constant, tr.classical { color: #888; }
    .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(26em, 1fr)); gap: 1em; margin-top: 1.5em; }
    svg { width: 100%; font: 11px system-ui, sans-serif; } svg .title { font-weight: 600; font-size: 13px; }
    svg .frame { fill: none; stroke: #888; } svg .grid { stroke: #eee; }
    code { font-size: 12px; overflow-wrap: anywhere; }
    </style></head><body>
    <h1>\(escape(summary.model))</h1>
    <p>sha256 of the weights <code>\(escape(summary.sha256))</code>. \(summary.samplesPerCondition) emulated images a
    condition, seed \(summary.seed), tilts that were never drawn in training. Root mean square errors in degrees, per B
    column, modulo (−β, −α, −γ); ρ ≥ 4° unless “low” (ρ &lt; 4°). Sign: of p·r where |p|, |r| &gt; 2°. Cov: share of errors
    within the stated standard deviation, all ρ (0.68 is right). Signed: as the paper counts, where a statement with p ≥ 0 is wrong
    by 2p every other time; a network that states the mean of both solutions has 4.1/4.1/5.8. Over bound: q, |p| and |r| over the least that the
    electrons on a patch leave to any reader, with everything unknown that training draws. Flagged: below the detection limit at that dose.</p>
    \(table)
    \(foreignTable)
    \(patternTable)
    <div class="plots">
    \(plots.map(\.svg).joined())
    </div></body></html>
    """
  }

  private var table: String {
    var out = "<table><tr><th></th>" + EvaluationSummary.columns.map { "<th>\(escape($0))</th>" }.joined() + "</tr>\n"
    var last: EvaluationSummary.Condition?
    for row in summary.rows {
      if row.condition != last {
        out += "<tr class=\"condition\"><td colspan=\"\(EvaluationSummary.columns.count + 1)\">"
        out += "\(escape(row.condition.title))   \(escape(summary.remark(row.condition)))</td></tr>\n"
      }
      last = row.condition
      out += "<tr class=\"\(row.predictor)\"><td>\(row.predictor)</td>"
      out += row.cells.map { "<td>\(escape($0))</td>" }.joined() + "</tr>\n"
    }
    return out + "</table>"
  }

  private var foreignTable: String {
    guard !summary.foreign.isEmpty else { return "" }
    let head = EvaluationSummary.foreignColumns.map { "<th>\(escape($0))</th>" }.joined()
    let rows = summary.foreignRows.map { "<tr>" + $0.map { "<td>\(escape($0))</td>" }.joined() + "</tr>\n" }.joined()
    return
      "<h2>Score against kinds of images that training never had, 1e5 e/Å²</h2>\n<table><tr>\(head)</tr>\n\(rows)</table>"
  }

  private var patternTable: String {
    guard !summary.patterns.isEmpty else { return "" }
    let (truths, found) = summary.patternNames
    let head = (["true"] + found).map { "<th>\(escape($0))</th>" }.joined()
    let most = Double(summary.patterns.map(\.regions).max() ?? 1)
    let rows = truths.map { truth in
      "<tr><td>\(escape(truth))</td>"
        + found.map { name in
          let count = summary.patterns.first { $0.truth == truth && $0.found == name }?.regions ?? 0
          let shade = String(format: "%.2f", 0.6 * Double(count) / most)
          let hue = truth == name ? "40, 140, 60" : "190, 60, 40"
          let text = escape(summary.patternCell(truth: truth, found: name))
          return "<td style=\"background: rgba(\(hue), \(shade))\">\(text)</td>"
        }.joined() + "</tr>\n"
    }.joined()
    return """
      <h2>Confusion of patterns</h2>
      <p>Regions of frames with one pattern, ρ of 5 to 9°, by the senses that are the most probable for them (in brackets those told with a
      probability of at least 0.95); 1e5 e/Å², source 0.4–0.8 Å.</p>
      <table><tr>\(head)</tr>
      \(rows)</table>
      """
  }

  private var plots: [SVGPlot] {
    var plots: [SVGPlot] = []
    var sources: [Interval] = []
    for table in summary.tables where !sources.contains(table.condition.sourceFWHMA) {
      sources.append(table.condition.sourceFWHMA)
    }
    for source in sources {
      let tables = summary.tables.filter { $0.condition.sourceFWHMA == source }
      func series(_ name: String, _ value: (TiltScores) -> Double) -> SVGPlot.Series {
        SVGPlot.Series(name: name, points: tables.map { ($0.condition.dosePerA2, value($0.int8.atLeast4)) })
      }
      func bound(_ name: String, _ colour: Int, _ value: (EvaluationSummary.Bound) -> Double) -> SVGPlot.Series {
        SVGPlot.Series(
          name: "\(name), least",
          points: tables.compactMap { table in table.bound.map { (table.condition.dosePerA2, value($0)) } },
          isDashed: true, colour: colour)
      }
      let title = tables.first?.condition.title.split(separator: ", ").last.map(String.init) ?? ""
      plots.append(
        SVGPlot(
          title: "Error against dose, \(title)", xLabel: "dose, e/Å²", yLabel: "rms, degrees", logX: true, logY: true,
          series: [
            series("q", \.q), series("|p|", \.p), series("|r|", \.r), bound("q", 0, \.q), bound("|p|", 1, \.p),
            bound("|r|", 2, \.r),
          ]))
    }
    func curve(_ title: String, _ label: String, _ points: [EvaluationSummary.Point]) -> SVGPlot {
      SVGPlot(
        title: "\(title), 1e5 e/Å²", xLabel: label, yLabel: "rms, degrees",
        series: [
          SVGPlot.Series(name: "q", points: points.map { ($0.x, $0.q) }),
          SVGPlot.Series(name: "|p|", points: points.map { ($0.x, $0.p) }),
          SVGPlot.Series(name: "|r|", points: points.map { ($0.x, $0.r) }),
        ])
    }
    plots.append(curve("Error against ρ", "ρ, degrees", summary.overRho))
    plots.append(curve("Error against thickness", "thickness, nm", summary.overThickness))
    plots.append(curve("Error against defocus", "defocus, Å", summary.overDefocus))
    let largest = summary.calibration.map(\.stated).max() ?? 1
    plots.append(
      SVGPlot(
        title: "Calibration, 1e5 e/Å²", xLabel: "stated standard deviation, degrees", yLabel: "rms error, degrees",
        series: ["q", "p", "r"].map { name in
          SVGPlot.Series(
            name: name == "q" ? name : "|\(name)|",
            points: summary.calibration.filter { $0.quantity == name }.map { ($0.stated, $0.found) })
        } + [SVGPlot.Series(name: "equal", points: [(0, 0), (largest, largest)], isDashed: true)]))
    if !log.isEmpty { plots += trainingPlots }
    return plots
  }

  private var trainingPlots: [SVGPlot] {
    func series(_ name: String, _ column: String) -> SVGPlot.Series {
      SVGPlot.Series(
        name: name,
        points: log.compactMap { row in row["samples"].flatMap { x in row[column].map { (x / 1e6, $0) } } })
    }
    return [
      SVGPlot(
        title: "Training: validation error", xLabel: "samples, millions", yLabel: "rms, degrees", logY: true,
        series: [series("q", "validation_q_deg"), series("|p|", "validation_p_deg"), series("|r|", "validation_r_deg")]),
      SVGPlot(
        title: "Training: negative log-likelihood", xLabel: "samples, millions", yLabel: "loss",
        series: [series("training doses", "loss"), series("validation", "validation_loss")]),
    ]
  }

  private func escape(_ text: String) -> String {
    text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
      .replacingOccurrences(of: ">", with: "&gt;")
  }
}
