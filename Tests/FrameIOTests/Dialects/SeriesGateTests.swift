// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

@testable import FrameIO

@Suite struct SeriesGateTests {
  /// Walks through a script: `+S` begins, `-S` ends (`-` whatever runs), `S5` is frame 5 of S; `~` a silence. What is dropped
  /// comes back, in order.
  func dropped(_ script: String, source: String = "") -> String {
    var gate = SeriesGate(silenceNs: 5)
    var now: UInt64 = 100
    var dropped: [String] = []
    for word in script.split(separator: " ").map(String.init) {
      do throws(FrameError) {
        let series = String(word.dropFirst().prefix(1))
        switch word.first {
        case "~": now += 10
        case "+": gate.began(source, series: series, atNs: now)
        case "-": try gate.ended(source, series: series.isEmpty ? nil : series, atNs: now)
        default:
          try gate.admit(source, series: String(word.prefix(1)), frame: Int64(word.dropFirst()) ?? 0, atNs: now)
        }
      } catch {
        #expect(error.reason == "leftover")
        dropped.append(word)
      }
    }
    return dropped.joined(separator: " ")
  }

  @Test(arguments: [
    // Native: changes, ends, loops.
    ("A0 A1 A2 -A", ""), ("A0 A1 B0 A2 A3 B1", "A2 A3"), ("A0 A1 -A A2 A3", ""), ("A0 A1 -A B0 A2 B1", "A2"),
    ("A0 A1 A2 -A A0 A1 A2 -A A0", ""), ("A0 A5 B0 B1 A0 A1 B2", "B2"), ("A0 B0 -A B1 -B", "-A"), ("A0 - B0 -", ""),
    ("A0 A1 -A -A", ""), ("A0 A1 B0 ~ A2", ""), ("-A", ""),
    // Announced: only the announced series, also where the agent came in the middle of one.
    ("A4 A5 +B B0 A6 B1 -B", "A6"), ("+B A0 A1 B0", "A0 A1"), ("+A A0 -A A1 A2", "A1 A2"),
    ("+A A0 -A A1 +A A0 A1", "A1"),
    ("+A A0 +B -A B0", "-A"), ("+A A0 ~ B0 B1", ""), ("+A A0 -A ~ A1", ""), ("+A A0 -A B0 B1", ""),
    ("+A A0 A1 -A A0 A1", ""),
  ]) func leftovers(_ script: String, _ expected: String) {
    #expect(dropped(script) == expected)
  }

  @Test func sourcesAreKeptApart() throws {
    var gate = SeriesGate(silenceNs: 5)
    for frame in 0..<4 as Range<Int64> {
      try gate.admit("abf", series: "s", frame: frame, atNs: 0)
      try gate.admit("adf", series: "s", frame: frame, atNs: 0)
      try gate.admit("bf", series: "t", frame: frame, atNs: 0)
    }
    try gate.ended(nil, series: "s", atNs: 0)
    try gate.admit("bf", series: "t", frame: 4, atNs: 0)
  }

  /// A stream that changes its names with every message fills no memory and takes no time.
  @Test func manyNames() throws {
    var gate = SeriesGate(silenceNs: 5)
    for i in 0..<20_000 { try? gate.admit("source \(i % 977)", series: "series \(i)", frame: 0, atNs: 0) }
    try gate.admit("new", series: "new", frame: 0, atNs: 0)
  }
}
