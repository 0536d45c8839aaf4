// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Training

/// What a training says on stderr: the lines of its log, and on a terminal a bar below them.
final class TrainingProgress {
  private let total: Int
  private let first: Int
  private let start = Date()
  private let isTerminal = isatty(2) == 1
  private var shown = Date.distantPast

  init(totalSamples: Int, done: Int) {
    total = totalSamples
    first = done
  }

  func update(samples: Int) {
    guard isTerminal, Date().timeIntervalSince(shown) > 0.5 else { return }
    shown = Date()
    let seconds = shown.timeIntervalSince(start)
    let speed = Double(samples - first) / max(seconds, 1e-3)
    let left = Int(Double(total - samples) / max(speed, 1e-3))
    let filled = 24 * samples / max(total, 1)
    let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: 24 - filled)
    write(
      "\r\u{1B}[K\(bar) \(samples) of \(total) samples, \(Int(speed)) samples/s, "
        + "\(left / 3600) h \(left / 60 % 60) min \(left % 60) s left")
  }

  func show(_ row: TrainingLogRow) { say(row.summary) }

  func say(_ line: String) { write((isTerminal ? "\r\u{1B}[K" : "") + line + "\n") }

  func finish() { if isTerminal { write("\r\u{1B}[K") } }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
