// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Logging

/// Writes log lines to stderr: with a priority in front where the journal reads them (sd-daemon(3)), with the time where
/// anybody else does.
struct AgentLog: LogHandler {
  let isJournal: Bool
  var logLevel = Logger.Level.info
  var metadata = Logger.Metadata()

  init(isJournal: Bool = AgentLog.stderrIsJournal()) { self.isJournal = isJournal }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    // One write a line, so that lines of several threads do not mix.
    FileHandle.standardError.write(Data(line(event.level, event.message.description).utf8))
  }

  /// With its end. Names in a message come from frames: they must not begin a line, nor steer the terminal that shows it.
  func line(_ level: Logger.Level, _ message: String) -> String {
    let text = message.onOneLine
    return isJournal
      ? "<\(Self.priority(level))>\(text)\n" : "\(Self.time()) \(level.rawValue) glazer-agent: \(text)\n"
  }

  /// Of syslog(3).
  static func priority(_ level: Logger.Level) -> Int {
    switch level {
    case .critical: 2
    case .error: 3
    case .warning: 4
    case .notice: 5
    case .info: 6
    case .debug, .trace: 7
    }
  }

  /// The journal says in JOURNAL_STREAM which file it reads; a stderr that was redirected since is another.
  static func stderrIsJournal(_ stream: String? = ProcessInfo.processInfo.environment["JOURNAL_STREAM"]) -> Bool {
    let numbers = (stream ?? "").split(separator: ":").compactMap { UInt64($0) }
    var status = stat()
    guard numbers.count == 2, fstat(2, &status) == 0 else { return false }
    return numbers[0] == UInt64(status.st_dev) && numbers[1] == UInt64(status.st_ino)
  }

  /// In UTC, as 2026-11-22T19:15:02.123Z.
  private static func time() -> String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var fields = tm()
    gmtime_r(&now.tv_sec, &fields)
    return String(
      format: "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", fields.tm_year + 1900, fields.tm_mon + 1, fields.tm_mday,
      fields.tm_hour, fields.tm_min, fields.tm_sec, now.tv_nsec / 1_000_000)
  }
}
