// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO

/// What a stream is doing, on stderr: a line that redraws itself once a second on a terminal, a plain line every ten
/// seconds elsewhere.
struct StreamStatus {
  private let verb: String
  private let isTerminal = isatty(2) == 1
  private let start = ContinuousClock.now
  private var shown = ContinuousClock.now

  /// `verb` as in "12 frames recorded".
  init(_ verb: String) { self.verb = verb }

  mutating func update(_ progress: StreamProgress) {
    guard ContinuousClock.now - shown >= (isTerminal ? .seconds(1) : .seconds(10)) else { return }
    shown = .now
    Self.write(isTerminal ? "\r\u{1B}[K\(line(progress))" : "\(line(progress))\n")
  }

  /// The last line of the stream.
  func finish(_ progress: StreamProgress) {
    Self.write((isTerminal ? "\r\u{1B}[K" : "") + line(progress) + "\n")
  }

  static func say(_ text: String) { write("\(text)\n") }

  private func line(_ progress: StreamProgress) -> String {
    let seconds = max((ContinuousClock.now - start) / .seconds(1), 1e-3)
    var lacking = progress.missingFrames > 0 ? ", \(progress.missingFrames) missing by their numbers" : ""
    if progress.droppedMessages > 0 { lacking += ", \(progress.droppedMessages) of too many parts dropped" }
    if progress.cutOffs > 0 { lacking += ", source cut off \(progress.cutOffs) times" }
    return String(
      format: "%llu frames %@, %.1f MB, %.1f s, %.1f frames/s%@", progress.frames, verb,
      Double(progress.bytes) / 1e6, seconds, Double(progress.frames) / seconds, lacking)
  }

  private static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
