// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// A small line plot as inline SVG: axes, ticks, series with markers and a legend.
struct SVGPlot {
  struct Series {
    var name: String
    var points: [(x: Double, y: Double)]
    var isDashed = false
    /// That of the series with this number; its own by default.
    var colour: Int?
  }

  var title: String
  var xLabel: String
  var yLabel: String
  var logX = false
  var logY = false
  var series: [Series]

  private static let colours = ["#1b6ca8", "#c8452d", "#3c8d40", "#7a4fa3", "#a0742b", "#555555"]
  private static let size = (width: 460.0, height: 300.0)
  private static let margin = (left: 56.0, right: 12.0, top: 28.0, bottom: 44.0)

  /// Empty without points.
  var svg: String {
    let usable = series.map { s in
      Series(
        name: s.name,
        points: s.points.filter { $0.x.isFinite && $0.y.isFinite && (!logX || $0.x > 0) && (!logY || $0.y > 0) },
        isDashed: s.isDashed, colour: s.colour)
    }
    let points = usable.flatMap(\.points)
    guard let x = Axis(points.map(\.x), isLog: logX, fromZero: false, headroom: 0.03),
      let y = Axis(points.map(\.y), isLog: logY, fromZero: !logY, headroom: 0.05)
    else { return "" }
    let m = Self.margin
    let (w, h) = (Self.size.width - m.left - m.right, Self.size.height - m.top - m.bottom)
    func px(_ v: Double) -> String { String(format: "%.1f", m.left + x.position(v) * w) }
    func py(_ v: Double) -> String { String(format: "%.1f", m.top + (1 - y.position(v)) * h) }
    var out = """
      <svg viewBox="0 0 \(Int(Self.size.width)) \(Int(Self.size.height))" role="img" aria-label="\(title)">
      <text x="\(m.left)" y="16" class="title">\(title)</text>
      <rect x="\(m.left)" y="\(m.top)" width="\(w)" height="\(h)" class="frame"/>

      """
    for tick in x.ticks {
      out += "<line x1=\"\(px(tick))\" x2=\"\(px(tick))\" y1=\"\(m.top)\" y2=\"\(m.top + h)\" class=\"grid\"/>"
      out += "<text x=\"\(px(tick))\" y=\"\(m.top + h + 15)\" text-anchor=\"middle\">\(Axis.text(tick))</text>\n"
    }
    for tick in y.ticks {
      out += "<line x1=\"\(m.left)\" x2=\"\(m.left + w)\" y1=\"\(py(tick))\" y2=\"\(py(tick))\" class=\"grid\"/>"
      out += "<text x=\"\(m.left - 5)\" y=\"\(py(tick))\" dy=\"4\" text-anchor=\"end\">\(Axis.text(tick))</text>\n"
    }
    out += "<text x=\"\(m.left + w / 2)\" y=\"\(m.top + h + 34)\" text-anchor=\"middle\">\(xLabel)</text>"
    out += "<text transform=\"translate(13 \(m.top + h / 2)) rotate(-90)\" text-anchor=\"middle\">\(yLabel)</text>\n"
    for (k, s) in usable.enumerated() {
      let colour = Self.colours[(s.colour ?? k) % Self.colours.count]
      let path = s.points.map { "\(px($0.x)),\(py($0.y))" }.joined(separator: " ")
      let dash = s.isDashed ? " stroke-dasharray=\"5 4\"" : ""
      out += "<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"1.6\"\(dash)/>"
      if !s.isDashed, s.points.count <= 20 {
        for p in s.points { out += "<circle cx=\"\(px(p.x))\" cy=\"\(py(p.y))\" r=\"2.6\" fill=\"\(colour)\"/>" }
      }
    }
    // Above the frame, where no line can run through it.
    let legend = usable.enumerated().map { k, s in
      "<tspan fill=\"\(Self.colours[(s.colour ?? k) % Self.colours.count])\">\(s.name)</tspan>"
    }
    out += "<text x=\"\(m.left + w)\" y=\"16\" text-anchor=\"end\">\(legend.joined(separator: "&#160; "))</text>\n"
    return out + "</svg>\n"
  }
}

/// Range and ticks of one axis.
struct Axis {
  let lower: Double
  let upper: Double
  let isLog: Bool
  let ticks: [Double]

  /// nil without values, or where they are beyond what a plot shows (1e12). `headroom` is the share of the range left free at the upper end.
  init?(_ values: [Double], isLog: Bool, fromZero: Bool, headroom: Double) {
    guard var low = values.min(), var high = values.max(), max(abs(low), abs(high)) <= 1e12 else { return nil }
    self.isLog = isLog
    if isLog {
      low = log10(low)
      high = log10(high)
      if high - low < 0.3 { (low, high) = (low - 0.2, high + 0.2) }
      let decades = (Int(low.rounded(.down))...Int(high.rounded(.up))).flatMap { d in
        (high - low > 2.5 ? [1.0] : [1, 2, 5]).map { $0 * pow(10, Double(d)) }
      }
      lower = low - 0.03 * (high - low)
      upper = high + headroom * (high - low)
      let range = (lower, upper)
      ticks = decades.filter { log10($0) >= range.0 && log10($0) <= range.1 }
    } else {
      if fromZero { low = min(0, low) }
      if high - low < 1e-9 * max(1, abs(high)) { high = low + max(1, abs(high)) }
      let rough = (high - low) / 5
      let base = pow(10, log10(rough).rounded(.down))
      let step = [1.0, 2, 5, 10].map { $0 * base }.first { $0 >= rough } ?? rough
      lower = low
      upper = high + headroom * (high - low)
      let first = Int((low / step).rounded(.up))
      let last = Int((upper / step).rounded(.down))
      ticks = first <= last ? (first...last).map { Double($0) * step } : []
    }
  }

  /// 0 at the lower end, 1 at the upper.
  func position(_ value: Double) -> Double { ((isLog ? log10(value) : value) - lower) / (upper - lower) }

  static func text(_ value: Double) -> String {
    abs(value) >= 10_000 || (value != 0 && abs(value) < 0.01)
      ? String(format: "%.0e", value) : String(format: "%g", (value * 1000).rounded() / 1000)
  }
}
