// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import ArgumentParser
import FrameIO
import GlazerCore
import Inference
import ZeroMQ

struct ReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Sends the messages of a recording again, or runs them through the pipeline.",
    discussion: """
      With --bind it sends them bit by bit as they were on the wire, by default with the timing of the recording. With \
      --asap it reads every frame by itself, as fast as it goes, without sockets: the same recording gives the same \
      overlays, byte for byte, every time. In these `received` is when a frame was recorded and the stages of the work have \
      no times. CSV has the columns of `infer`, with the number in the frame's header. A recording that ends early is replayed up to its last whole message; of a \
      replay that is interrupted nothing is kept.

      Example: glazer replay session.mcap --bind tcp://127.0.0.1:5555 --wait-subscribers 1 --rate 2
      """)

  @Argument(help: "Recording (.mcap), as `glazer record` writes it.") var recording: String
  @Option(help: "Endpoint to listen at, for example tcp://127.0.0.1:5555.") var bind: String?
  @Flag(help: "Run through the pipeline here, as soon as possible.") var asap = false
  @Option(help: "Original timing, so many times faster.") var rate: Double?
  @Option(help: "A steady rate instead, frames per second.") var fps: Double?
  @Flag(help: "Start again after the last message.") var loop = false
  @Option(help: "Begin when so many subscriptions are there.") var waitSubscribers = 0
  @Flag(help: "PUSH instead of PUB: wait for the receiver, lose nothing.") var push = false
  @OptionGroup(title: "Security") var security: ListeningSecurity
  @Option(help: "With --asap: the model; \(ModelLocation.defaultPath) by default.") var model: String?
  @Option(help: "With --asap: where to write the cells (CSV).") var csv: String?
  @Option(help: "With --asap: where to write counts, refusals and the overlays' checksum (JSON).") var json: String?
  @Option(help: "With --asap: where to write the overlays (MCAP).") var overlays: String?
  @OptionGroup(title: "With --asap") var material: MaterialOptions

  func validate() throws {
    guard asap == (bind == nil) else { throw ValidationError("give --bind ENDPOINT or --asap") }
    guard asap || [model, csv, json, overlays].allSatisfy({ $0 == nil }) else {
      throw ValidationError("--model, --csv, --json and --overlays are for --asap")
    }
    guard !asap || (rate == nil && fps == nil && !loop && !push && waitSubscribers == 0) else {
      throw ValidationError("--rate, --fps, --loop, --push and --wait-subscribers are for --bind")
    }
    try StreamOptions.check(fps: fps, waitSubscribers: waitSubscribers, push: push)
    guard (0.001...10_000).contains(rate ?? 1) else { throw ValidationError("--rate takes 0.001 to 10000") }
    guard rate == nil || fps == nil else { throw ValidationError("give --rate or --fps, not both") }
  }

  func run() async throws {
    try await reportingErrors {
      StopSignals.install()
      guard let bind else { return try replay() }
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

  private func replay() throws {
    try WholeFile.check(json, csv, overlays, inputs: [recording, model])
    let path = try ModelLocation.resolve(model)
    var configuration = AgentConfiguration()
    configuration.material.pseudoCubicNm = material.materialANm
    configuration.instrument.pixelSizeNm = material.pixelSizeNm
    let run = try ReplayRun(
      recording, model: try TiltModel(contentsOf: path), modelPath: path, configuration: configuration, csv: csv,
      overlays: overlays)
    if let json { try JSONFile.write(run, path: json) }
    for refusal in run.refusals.prefix(5) { StreamStatus.say("refused: \(refusal)") }
    if run.refusals.count > 5 { StreamStatus.say("and more; --json lists them") }
    if run.isTruncated {
      StreamStatus.say("\(recording): the recording ends early; replayed up to its last whole message")
    }
    guard run.overlays > 0 || run.refusals.isEmpty else {
      throw ReplayError.nothingReadable(path: recording, messages: run.messages, first: run.refusals[0])
    }
    print("\(recording): \(run.overlays) overlays of \(run.messages) messages, sha256 \(run.overlaysSHA256)")
  }
}

enum ReplayError: DiagnosableError {
  case nothingReadable(path: String, messages: UInt64, first: String)

  var category: ErrorCategory { .badData }

  var description: String {
    switch self {
    case .nothingReadable(let path, let messages, let first):
      "\(path): no frame could be read of \(messages) messages; the first: \(first)"
    }
  }
}
