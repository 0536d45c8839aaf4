// SPDX-License-Identifier: GPL-3.0-or-later
import FrameIO
import ZeroMQ

/// Turns refused connections into events at a limited rate: who knocks ten times a second must not fill the log.
struct StrangerReport {
  private let links: [(name: String, list: AccessList)]
  private var told: [UInt64]
  var interval: Interval

  init(_ security: AgentSecurity, intervalS: Double) {
    links = [("input", security.input), ("output", security.output)].compactMap { name, link in
      link.accessList.map { (name, $0) }
    }
    told = links.map { _ in 0 }
    interval = Interval(seconds: intervalS)
  }

  /// An event for each link that has refused somebody since its last one, at most so often as the interval says. Asked in each turn of
  /// the loop, so that nothing is copied where there is nothing to tell, or it is not time yet.
  mutating func events(atNs now: UInt64) -> [AgentEvent] {
    guard isThereNews, interval.isDue(atNs: now) else { return [] }
    var events: [AgentEvent] = []
    for i in links.indices {
      let count = links[i].list.counts
      guard count.refused > told[i] else { continue }
      let last = count.lastRefused.map { ", the last from \($0.address) with key \($0.key)" } ?? ""
      events.append(
        AgentEvent(
          kind: .strangerRefused,
          message:
            "\(links[i].name): connection refused: \(count.unknownKeys) with a key that is not on the list\(last), "
            + "\(count.keyless) without a handshake, since the start",
          count: count.refused - told[i]))
      told[i] = count.refused
    }
    return events
  }

  private var isThereNews: Bool { links.indices.contains { links[$0].list.refusedCount > told[$0] } }
}
