// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// Progress of long work on stderr: a bar that redraws itself on a terminal, a plain line every ten per cent elsewhere.
final class ProgressBar: @unchecked Sendable {
  private let lock = NSLock()
  private let title: String
  private let isTerminal = isatty(2) == 1
  private let start = Date()
  private var lastShown = -1

  init(_ title: String) { self.title = title }

  /// `share` 0…1; `note` stands behind the bar. May be called from any thread.
  func update(_ share: Double, note: String = "") {
    lock.lock()
    defer { lock.unlock() }
    let percent = Int((100 * min(max(share, 0), 1)).rounded(.down))
    let step = isTerminal ? percent : percent / 10
    guard step != lastShown else { return }
    lastShown = step
    let elapsed = Date().timeIntervalSince(start)
    let left = share > 0.01 ? ", \(Self.duration(elapsed / share - elapsed)) left" : ""
    let line = "\(title) \(percent) %\(note.isEmpty ? "" : " \(note)"), \(Self.duration(elapsed))\(left)"
    if isTerminal {
      let filled = percent * 24 / 100
      let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: 24 - filled)
      Self.write("\r\u{1B}[K\(bar) \(line)")
    } else {
      Self.write("\(line)\n")
    }
  }

  /// Ends the bar's line; call once.
  func finish() {
    lock.lock()
    defer { lock.unlock() }
    if isTerminal { Self.write("\n") }
  }

  private static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

  private static func duration(_ seconds: Double) -> String {
    let s = Int(seconds.rounded())
    if s < 60 { return "\(s) s" }
    return s < 3600 ? "\(s / 60) min \(s % 60) s" : "\(s / 3600) h \(s / 60 % 60) min"
  }
}
