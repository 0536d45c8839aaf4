// SPDX-License-Identifier: GPL-3.0-or-later

/// Tells the messages of the running series from leftovers: what is still under way of a series that is over. Pure.
///
/// - A detector that announces its series (SIMPLON, stream2) has one at a time: while it runs, and after its end was told,
///   whatever belongs to another or to the ended one is a leftover.
/// - Publishers that announce nothing (native) begin a series with its first frame. Another series of the same source ends
///   the one before; a later frame of that one is a leftover while the new one runs. A number that is not above the last
///   one of an ended series begins that series again: a recording that is replayed in a loop.
///
/// Silence ends both: nobody stays deaf to a series because the message that began it, or ended another, was lost. Series
/// are kept apart by `scope`: the source that they belong to. A series without a name is never judged.
struct SeriesGate: Sendable {
  private struct Entry: Sendable {
    var scope: String
    var series: String
    var lastFrame: Int64
    /// Its beginning was told.
    var isAnnounced: Bool
    /// Its last message; of one that is over, its end.
    var lastNs: UInt64
  }

  static let largestRunningCount = 16
  static let largestOverCount = 32

  /// A series that has been silent for so long is forgotten; with 0 nothing is refused.
  var silenceNs: UInt64
  private var running: [Entry] = []
  private var over: [Entry] = []

  init(silenceNs: UInt64 = 0) { self.silenceNs = silenceNs }

  /// A message says that a series begins.
  mutating func began(_ scope: String, series: String?, atNs now: UInt64) {
    retire(scope, now)
    guard let series else { return }
    over.removeAll { $0.scope == scope && $0.series == series }
    start(Entry(scope: scope, series: series, lastFrame: -1, isAnnounced: true, lastNs: now))
  }

  /// Throws for a frame that is a leftover.
  mutating func admit(_ scope: String, series: String?, frame: Int64, atNs now: UInt64) throws(FrameError) {
    guard let series else { return }
    let current = running.firstIndex { $0.scope == scope }
    if let current, running[current].series == series {
      running[current].lastFrame = frame
      running[current].lastNs = now
      return
    }
    let ended = over.firstIndex { $0.scope == scope && $0.series == series }
    let goesOn = ended.map { frame > over[$0].lastFrame && isFresh(over[$0], now) } ?? false
    if let current {
      if goesOn || running[current].isAnnounced && isFresh(running[current], now) {
        throw .leftover(series: series, running: running[current].series)
      }
    } else if let ended, goesOn, over[ended].isAnnounced {
      throw .leftover(series: series, running: nil)
    }
    if let ended { over.remove(at: ended) }
    retire(scope, now)
    start(Entry(scope: scope, series: series, lastFrame: frame, isAnnounced: false, lastNs: now))
  }

  /// A message says that a series is over; nil for any scope and for whatever series runs. Throws when it is the end of
  /// another series than the one that runs.
  mutating func ended(_ scope: String?, series: String?, atNs now: UInt64) throws(FrameError) {
    let matches = running.filter { (scope == nil || $0.scope == scope) && (series == nil || $0.series == series) }
    for entry in matches { retire(entry.scope, now) }
    guard matches.isEmpty, let series else { return }
    if let other = running.first(where: { (scope == nil || $0.scope == scope) && isFresh($0, now) }) {
      throw .leftover(series: series, running: other.series)
    }
  }

  private func isFresh(_ entry: Entry, _ now: UInt64) -> Bool {
    now >= entry.lastNs && now - entry.lastNs < silenceNs
  }

  private mutating func retire(_ scope: String, _ now: UInt64) {
    guard let index = running.firstIndex(where: { $0.scope == scope }) else { return }
    if over.count == Self.largestOverCount { over.removeFirst() }
    var entry = running.remove(at: index)
    entry.lastNs = now
    over.append(entry)
  }

  private mutating func start(_ entry: Entry) {
    if running.count == Self.largestRunningCount { running.removeFirst() }
    running.append(entry)
  }
}
