// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Foundation
import FrameIO
import GlazerCore

struct RecoverCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recover",
    abstract: "Makes a whole recording of a damaged or unfinished one.",
    discussion: """
      Copies every whole message, attachment and metadata record to a new MCAP file with a summary and an index, and says \
      what was lost. A chunk whose checksum is wrong is left out as a whole; after damage the reading goes on at the next \
      sound chunk. Other programs' MCAP files are recovered too (without compression afterwards).

      Example: glazer recover session.mcap.part --output session.mcap
      """)

  @Argument(help: "The damaged or unfinished recording.") var recording: String
  @Option(help: "Where to write the whole one (.mcap).") var output: String

  /// Losses that are shown one by one.
  private static let mostShown = 20

  func run() async throws {
    try await reportingErrors {
      try WholeFile.check(output, inputs: [recording])
      let bar = ProgressBar("recovering")
      let recovery = try RecordingRecovery(from: recording, to: output, onProgress: { bar.update($0) })
      bar.finish()
      let attachments = recovery.attachmentCount > 0 ? ", \(recovery.attachmentCount) attachments" : ""
      print("\(output): \(recovery.messageCount) messages of \(recovery.channelCount) channels\(attachments)")
      if recovery.isTruncated { print("\(recording) has no end: its recorder was stopped, or the file was cut") }
      let losses = recovery.losses
      guard losses.count > 0 else { return print("nothing of it was lost") }
      print("\(losses.byteCount) bytes could not be read, in \(losses.count) places:")
      for loss in losses.first.prefix(Self.mostShown) {
        print("  \(loss.range.lowerBound) to \(loss.range.upperBound): \(loss.reason)")
      }
      if losses.count > Self.mostShown { print("  and \(losses.count - Self.mostShown) more") }
    }
  }
}
