// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import FrameIO
import ZeroMQ

struct RecordCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Records a stream of frames to an MCAP file.",
    discussion: """
      Writes the exact wire parts with the time of their reception, also of messages that are no frames. Until the end the \
      file is FILE.part, which can be replayed as far as it goes; Ctrl-C or SIGTERM finishes it. PUB drops what a subscriber \
      does not take in time: missing frame numbers are counted. Use --pull with a publisher that pushes to lose nothing.

      Example: glazer record --connect tcp://127.0.0.1:5555 --output session.mcap --duration 60
      """)

  @Option(help: "Endpoint of the publisher.") var connect: String
  @Option(help: "Where to write the recording (.mcap).") var output: String
  @Option(help: "End after so many frames.") var frames: UInt64?
  @Option(help: "End after so long, s.") var duration: Double?
  @Flag(help: "PULL instead of SUB: for a publisher that pushes.") var pull = false
  @OptionGroup(title: "Security") var security: ConnectingSecurity

  func validate() throws {
    guard frames ?? 1 > 0 else { throw ValidationError("--frames is at least 1") }
    guard (1e-3...1e9).contains(duration ?? 1) else { throw ValidationError("--duration is above 0 s") }
  }

  func run() async throws {
    try await reportingErrors {
      StopSignals.install()
      let input = InputEndpoint(
        connect, pattern: pull ? .pull : .sub, highWaterMark: 128, security: try security.link())
      let socket = try input.open(in: try Context())
      var writer = try RecordingWriter(path: output)
      StreamStatus.say("recording \(connect) to \(output)")
      var status = StreamStatus("recorded")
      let progress: StreamProgress
      do {
        progress = try StreamRecorder(largestFrameCount: frames, durationS: duration).run(
          from: socket, to: &writer, shouldStop: { StopSignals.received }, onProgress: { status.update($0) })
      } catch {
        // What came until here is worth keeping.
        try writer.finish()
        throw error
      }
      guard progress.messages > 0 else {
        writer.discard()
        if socket.failedHandshakes > 0 { StreamStatus.say(security.refusal(by: connect)) }
        throw StreamError.nothingReceived(endpoint: connect)
      }
      try writer.finish()
      status.finish(progress)
      print("\(output): \(progress.frames) frames, \(progress.messages) messages")
    }
  }
}
