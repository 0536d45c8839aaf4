// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import FrameIO
import ZeroMQ

struct ReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Sends the messages of a recording again, bit by bit as they were on the wire.",
    discussion: """
      By default with the timing of the recording. A recording that ends early is replayed up to its last whole message.

      Example: glazer replay session.mcap --bind tcp://127.0.0.1:5555 --wait-subscribers 1 --rate 2
      """)

  @Argument(help: "Recording (.mcap), as `glazer record` writes it.") var recording: String
  @Option(help: "Endpoint to listen at, for example tcp://127.0.0.1:5555.") var bind: String
  @Option(help: "Original timing, so many times faster.") var rate: Double?
  @Option(help: "A steady rate instead, frames per second.") var fps: Double?
  @Flag(help: "Start again after the last message.") var loop = false
  @Option(help: "Begin when so many subscriptions are there.") var waitSubscribers = 0
  @Flag(help: "PUSH instead of PUB: wait for the receiver, lose nothing.") var push = false
  @OptionGroup(title: "Security") var security: ListeningSecurity

  func validate() throws {
    try StreamOptions.check(fps: fps, waitSubscribers: waitSubscribers, push: push)
    guard (0.001...10_000).contains(rate ?? 1) else { throw ValidationError("--rate takes 0.001 to 10000") }
    guard rate == nil || fps == nil else { throw ValidationError("give --rate or --fps, not both") }
  }

  func run() async throws {
    try await reportingErrors {
      StopSignals.install()
      let security = try security.link(at: bind)
      var reader = try RecordingReader(path: recording)
      var sender = try MessageSender(
        OutputEndpoint(bind, pattern: push ? .push : .publish, security: security), context: try Context())
      StreamStatus.say("replaying \(recording) at \(sender.endpoint)")
      guard try sender.waitForSubscribers(waitSubscribers, shouldStop: { StopSignals.received }) else { return }
      let replayer = StreamReplayer(
        timing: fps.map { .steady(framesPerSecond: $0) } ?? .original(rate: rate ?? 1), loops: loop)
      var status = StreamStatus("replayed")
      let progress = try replayer.run(
        &reader, to: &sender, shouldStop: { StopSignals.received }, onProgress: { status.update($0) })
      status.finish(progress)
      if reader.isTruncated {
        StreamStatus.say("\(recording): the recording ends early; replayed up to its last whole message")
      }
    }
  }
}
