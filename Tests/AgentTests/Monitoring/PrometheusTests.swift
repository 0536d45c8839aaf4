// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import GlazerCore
import Testing

@testable import Agent

/// A plain reader of the exposition format, written from its description and strict about it.
struct Exposition {
  struct Sample: Equatable {
    var name: String
    var labels: [String: String]
    var value: Double
  }

  enum Fault: Error { case line(String) }

  var types: [String: String] = [:]
  var samples: [Sample] = []

  init(_ text: String) throws {
    guard text.hasSuffix("\n") else { throw Fault.line("no line end at the end") }
    var open = ""
    for line in text.split(separator: "\n") {
      if line.hasPrefix("# HELP ") {
        open = String(line.split(separator: " ")[2])
        guard types[open] == nil else { throw Fault.line("family twice: \(line)") }
      } else if line.hasPrefix("# TYPE ") {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 4, words[2] == open, ["counter", "gauge", "histogram"].contains(words[3]) else {
          throw Fault.line(String(line))
        }
        types[open] = words[3]
      } else {
        let sample = try Self.sample(line)
        let ends = types[open] == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
        guard ends.contains(where: { sample.name == open + $0 }) else {
          throw Fault.line("outside its family: \(line)")
        }
        guard !samples.contains(where: { $0.name == sample.name && $0.labels == sample.labels }) else {
          throw Fault.line("twice: \(line)")
        }
        samples.append(sample)
      }
    }
  }

  func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
    samples.first { $0.name == name && $0.labels == labels }?.value
  }

  private static func sample(_ line: Substring) throws -> Sample {
    let pattern = /([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\["\\n])*",?)*)\})? (\S+)/
    guard let match = line.wholeMatch(of: pattern) else { throw Fault.line(String(line)) }
    var labels: [String: String] = [:]
    for label in (match.2 ?? "").matches(of: /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"/) {
      labels[String(label.1)] = String(label.2.replacing(/\\(.)/) { $0.1 == "n" ? "\n" : $0.1 })
    }
    let special: [Substring: Double] = ["NaN": .nan, "+Inf": .infinity, "-Inf": -.infinity]
    guard let value = special[match.3] ?? Double(match.3) else { throw Fault.line(String(line)) }
    return Sample(name: String(match.1), labels: labels, value: value)
  }
}

@Suite("Prometheus text")
struct PrometheusTests {
  private let health = Health(isGood: true, reason: "")

  private func metrics() -> AgentMetrics {
    AgentMetrics(
      identity: RunIdentity(agent: "a", run: "r"),
      model: OverlayModel(name: "odd \"name\" \\ and\r\nline", sha256: "ab"), startedNs: 0)
  }

  private func header(_ times: [UInt64]) -> OverlayHeader {
    var stamps = OverlayTimes()
    (stamps.received, stamps.started, stamps.registered) = (times[0], times[1], times[2])
    (stamps.inferred, stamps.published) = (times[3], times[4])
    return OverlayHeader(
      agent: "a", run: "r", seq: 0, source: "s", series: nil, frame: 0,
      image: OverlayImage(width: 1, height: 1, pixelSizeNm: nil, pixelSizeFrom: nil),
      lattice: OverlayLattice(
        locked: true, lattice: Lattice(origin: .zero, a: .zero, b: .zero), residualPx: 0.25, driftPx: Vector2(-1.5, 2)),
      model: OverlayModel(name: "m", sha256: ""), times: stamps, input: OverlayInput())
  }

  @Test("every number arrives under its name, and labels from outside cannot break a line")
  func page() throws {
    var metrics = metrics()
    var counters = InputCounters()
    counters.frameArrived(source: "s", series: nil, frame: 3, skipped: 2)
    counters.frameArrived(source: "s", series: nil, frame: 9, skipped: 0)
    counters.reject(.noLattice)
    counters.seriesEnded()
    metrics.take(counters)
    metrics.state = .locked
    metrics.published(
      header([1_000_000_000, 1_001_000_000, 1_004_000_000, 1_064_000_000, 1_065_000_000]), cells: 7, isTimed: true)
    metrics.published(header([0, 1, 2, 3, 4]), cells: 5, isTimed: false)
    let page = try Exposition(metrics.prometheus(nil, health: (health, health)))
    #expect(page.value("glazer_messages_received_total") == 5)
    #expect(page.value("glazer_frames_skipped_total", ["reason": "newer_frame"]) == 2)
    #expect(page.value("glazer_rejected_total", ["reason": "no_lattice"]) == 1)
    #expect(page.value("glazer_rejected_total", ["reason": "malformed"]) == 0)
    #expect(page.samples.count { $0.name == "glazer_rejected_total" } == RejectionReason.allCases.count)
    #expect(page.value("glazer_series_ends_total") == 1 && page.value("glazer_frame_gaps_total") == 5)
    #expect(page.value("glazer_overlays_published_total") == 2 && page.value("glazer_cells_published_total") == 12)
    #expect(page.value("glazer_overlay_cells") == 5)
    #expect(page.value("glazer_lattice_locked") == 1)
    #expect(page.value("glazer_lattice_state", ["state": "locked"]) == 1)
    #expect(page.value("glazer_lattice_state", ["state": "lost"]) == 0)
    #expect(page.value("glazer_lattice_drift_pixels", ["axis": "x"]) == -1.5)
    #expect(page.value("glazer_lattice_residual_pixels") == 0.25)
    #expect(page.value("glazer_model_info", ["name": "odd \"name\" \\ and  line", "sha256": "ab"]) == 1)
    // The frame across a jump of the clock counts, its times do not.
    #expect(page.value("glazer_stage_seconds_count", ["stage": "total"]) == 1)
    #expect(page.value("glazer_stage_seconds_sum", ["stage": "inference"]) == 0.06)
    #expect(page.value("glazer_stage_seconds_bucket", ["stage": "inference", "le": "0.06"]) == 1)
    #expect(page.value("glazer_stage_seconds_bucket", ["stage": "inference", "le": "0.04"]) == 0)
    #expect(page.value("glazer_stage_seconds_bucket", ["stage": "queued", "le": "0.001"]) == 1)
  }

  @Test(
    "a label ends neither its line nor its quotes",
    arguments: [
      ("a\r\nb", "a  b"), ("a\nb", "a b"), ("a\rb", "a b"), ("a\u{0}\u{1B}b", "a  b"), ("\\\"", "\\\\\\\""),
      ("\"\u{301}} 1", "\\\"\u{301}} 1"), ("\\\u{301}", "\\\\\u{301}"), ("SrTiO3 e\u{301}", "SrTiO3 e\u{301}"),
    ])
  func labels(_ value: String, _ expected: String) {
    #expect(Array(PrometheusText.escaped(value).utf8) == Array(expected.utf8))
  }

  @Test("buckets against a plain count; what is beyond the last bound is in +Inf alone")
  func histogram() throws {
    var histogram = LatencyHistogram()
    var random = SeededRandom(seed: 3)
    let times = (0..<2000).map { _ in random.uniform(0, 1) * random.uniform(0, 20) } + [0, 0.04, 10, 11]
    for time in times { histogram.add(seconds: time) }
    histogram.add(seconds: .nan)
    var text = PrometheusText()
    text.family("t", .histogram, "h")
    text.histogram("t", [], histogram)
    let page = try Exposition(text.text)
    for index in 0..<LatencyHistogram.bucketCount {
      let bound = LatencyHistogram.boundsS[index]
      #expect(
        page.value("t_bucket", ["le": PrometheusText.number(bound)]) == Double(times.count { $0 <= bound }), "\(bound)")
    }
    #expect(page.value("t_bucket", ["le": "+Inf"]) == 2004 && page.value("t_count") == 2004)
    #expect(abs((page.value("t_sum") ?? 0) - times.reduce(0, +)) < 1e-6)
  }

  @Test("numbers that are none have their names")
  func numbers() {
    #expect(
      [Double.nan, .infinity, -.infinity, 1e-7, 3, 1e20].map(PrometheusText.number) == [
        "NaN", "+Inf", "-Inf", "1e-07", "3", "1e+20",
      ])
  }

  @Test("the stages of a frame add up, and a clock that goes back gives zero")
  func stages() {
    var times = OverlayTimes()
    (times.received, times.started, times.registered) = (100, 200, 150)
    (times.inferred, times.published) = (500, 600)
    #expect(Stage.allCases.map { ($0.seconds(times) * 1e9).rounded() } == [100, 0, 350, 100, 500])
  }

  @Test("only a clock that is set is a jump")
  func clock() {
    var watch = ClockWatch()
    #expect(watch.jumpS(wallNs: 1_000_000_000_000, steadyNs: 5) == nil)
    #expect(watch.jumpS(wallNs: 1_060_030_000_000, steadyNs: 60_000_000_005) == nil)
    #expect(watch.jumpS(wallNs: 1_000_030_000_000, steadyNs: 60_000_000_005) == -60)
    #expect(watch.jumpS(wallNs: 1_000_030_000_100, steadyNs: 60_000_000_105) == nil)
  }

  @Test("a line of /proc/PID/stat is read whatever the program is called")
  func usage() throws {
    let fields = (3...52).map { $0 == 3 ? "S" : "\($0)" }.joined(separator: " ")
    let usage = try #require(ProcessUsage(stat: "17 (a) S 1 (b) \(fields)\n", bootTimeS: 1000, openFiles: 9))
    #expect(usage.threads == 20 && usage.openFiles == 9 && usage.residentBytes == 24 * 4096)
    #expect(usage.cpuS == 0.29 && usage.startTimeS == 1000.22)
    #expect(ProcessUsage(stat: "17 (a) S 1 2", bootTimeS: 0, openFiles: 0) == nil)
    let own = try #require(ProcessUsage.own())
    #expect(own.threads >= 1 && own.residentBytes > 1 << 20 && own.openFiles >= 3)
  }
}
