// SPDX-License-Identifier: GPL-3.0-or-later

/// Counts the frames that never came, by the numbers of those that did.
struct FrameGaps {
  private(set) var missing: UInt64 = 0
  private var last: [String: (series: String?, frame: Int64)] = [:]

  /// A jump is a gap; a new series, or a number that does not rise, begins a new count. Numbers are what a header says:
  /// negative ones, which no dialect has, are passed over, and a sum of absurd ones begins at 0 again.
  mutating func see(source: String, series: String?, frame: Int64) {
    guard frame >= 0 else { return }
    if let before = last[source], before.series == series, frame > before.frame {
      missing &+= UInt64(frame - before.frame - 1)
    }
    // A source that changes its name with every frame fills no memory.
    if last.count < RecordingWriter.largestChannelCount || last[source] != nil { last[source] = (series, frame) }
  }
}
