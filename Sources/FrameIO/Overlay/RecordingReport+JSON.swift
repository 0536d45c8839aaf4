// SPDX-License-Identifier: GPL-3.0-or-later

extension JSONWriter {
  /// The member `recording` of a status.
  mutating func recording(_ report: RecordingReport) {
    object("recording") {
      $0.member("state", report.state.rawValue)
      $0.member("file", report.file)
      $0.member("reason", report.failure?.description)
      $0.member("files", report.finishedFileCount)
      $0.member("messages", report.messageCount)
      $0.member("bytes", report.byteCount)
      $0.member("dropped", report.droppedCount)
      $0.member("missed", report.missedCount)
    }
  }
}
