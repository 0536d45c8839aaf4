// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Foundation
import FrameIO
import GlazerCore
import ZeroMQ

struct RecordCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Records a stream of frames to MCAP files.",
    discussion: """
      Writes the exact wire parts with the time of their reception, also of messages that are no frames. Until the end the \
      file is FILE.part, which can be replayed as far as it goes and which `glazer recover` makes whole; what was received \
      is in it after half a second. Ctrl-C or SIGTERM finishes it. With a rotation files are numbered: session-0001.mcap \
      and so on. Recording ends, with a whole file and code 74, when the disk gets short. PUB drops what a subscriber does \
      not take in time: missing frame numbers are counted. Use --pull with a publisher that pushes to lose nothing.

      Example: glazer record --connect tcp://127.0.0.1:5555 --output session.mcap --duration 60
      """)

  @Option(help: "Endpoint of the publisher.") var connect: String
  @Option(help: "Where to write the recording (.mcap); what is there is not replaced.") var output: String
  @Option(help: "End after so many frames.") var frames: UInt64?
  @Option(help: "End after so long, s.") var duration: Double?
  @Option(help: "Begin a new file when one is so large, MiB.") var rotateSize: Int?
  @Option(help: "Begin a new file after so long, s.") var rotateTime: Double?
  @Option(help: "End when the disk has less than this left, MiB.") var keepFree = 256
  @Flag(help: "PULL instead of SUB: for a publisher that pushes.") var pull = false
  @OptionGroup(title: "Security") var security: ConnectingSecurity

  func validate() throws {
    guard frames ?? 1 > 0 else { throw ValidationError("--frames is at least 1") }
    guard (1e-3...1e9).contains(duration ?? 1) else { throw ValidationError("--duration takes 0.001 to 1e9 s") }
    guard (1...1 << 24).contains(rotateSize ?? 1) else {
      throw ValidationError("--rotate-size takes 1 to 16777216 MiB")
    }
    guard (0.1...1e9).contains(rotateTime ?? 1) else { throw ValidationError("--rotate-time takes 0.1 to 1e9 s") }
    guard (0...1 << 24).contains(keepFree) else { throw ValidationError("--keep-free takes 0 to 16777216 MiB") }
  }

  func run() async throws {
    try await reportingErrors {
      StopSignals.install()
      let input = InputEndpoint(
        connect, pattern: pull ? .pull : .sub, highWaterMark: 128, security: try security.link())
      let socket = try input.open(in: try Context())
      let recorder = BackgroundRecorder(
        RecordingPlan(
          path: output, rotateByteCount: rotateSize.map { $0 << 20 }, rotateAfterS: rotateTime,
          keepFreeByteCount: keepFree << 20),
        attachments: [try options()])
      if let failure = recorder.report.failure { throw failure }
      StreamStatus.say("recording \(connect) to \(output)")
      var status = StreamStatus("recorded")
      let progress: StreamProgress
      do {
        progress = try StreamRecorder(largestFrameCount: frames, durationS: duration).run(
          from: socket, to: recorder, shouldStop: { StopSignals.received }, onProgress: { status.update($0) })
      } catch {
        // What came until here is worth keeping.
        recorder.finish()
        say(recorder.report)
        throw error
      }
      recorder.finish()
      let report = recorder.report
      guard progress.messages > 0 else {
        if socket.failedHandshakes > 0 { StreamStatus.say(security.refusal(by: connect)) }
        throw StreamError.nothingReceived(endpoint: connect, progress: progress, largestPart: input.largestMessage)
      }
      status.finish(progress)
      if let failure = report.failure {
        say(report)
        throw failure
      }
      let files = report.finishedFileCount > 1 ? "\(report.finishedFileCount) files, last \(report.file ?? output)" : ""
      print(
        "\(files.isEmpty ? report.file ?? output : files): \(progress.frames) frames, \(progress.messages) messages")
    }
  }

  /// What there is when a recording could not go on.
  private func say(_ report: RecordingReport) {
    guard let file = report.file else { return }
    StreamStatus.say("\(file): \(report.messageCount) messages are safe, \(report.missedCount) are not")
  }

  /// What was asked for, as the attachment `record.json`.
  private func options() throws -> RecordingAttachment {
    struct Options: Encodable {
      let program = "glazer record \(Glazer.version)"
      let connect: String
      let socket: String
      let output: String
      let rotateMiB: Int?
      let rotateS: Double?
      let keepFreeMiB: Int
      enum CodingKeys: String, CodingKey {
        case program, connect, socket, output
        case rotateMiB = "rotate_mib"
        case rotateS = "rotate_s"
        case keepFreeMiB = "keep_free_mib"
      }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let data = try encoder.encode(
      Options(
        connect: connect, socket: pull ? "pull" : "sub", output: output, rotateMiB: rotateSize, rotateS: rotateTime,
        keepFreeMiB: keepFree))
    return RecordingAttachment(name: "record.json", mediaType: "application/json", bytes: Array(data))
  }
}
