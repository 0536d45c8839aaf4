// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Foundation
import FrameIO
import ZeroMQ

struct PublishCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish",
    abstract: "Publishes image files as frames, as a microscope would.",
    discussion: """
      Sends every page of every TIFF file in order as one series, at a steady rate, and then the end of the series. The \
      pixel type of the file is the pixel type on the wire. Ctrl-C or SIGTERM ends the series and the program.

      Example: glazer publish scan.tif --bind tcp://127.0.0.1:5555 --fps 25 --loop
      """)

  @Argument(help: "TIFF files: grey, integer or float, one or more pages.") var images: [String]
  @Option(help: "Endpoint to listen at, for example tcp://127.0.0.1:5555.") var bind: String
  @Option(help: "Frames per second.") var fps = 10.0
  @Flag(help: "Start again after the last image; frame numbers go on.") var loop = false
  @Option(help: "Name of the detector.") var source = "abf"
  @Option(help: "Pixel size, nm, instead of the one in the files.") var pixelSize: Double?
  @Option(help: "Electron dose of a frame, e/Å².") var dose: Double?
  @Option(help: "Begin when so many subscriptions are there.") var waitSubscribers = 0
  @Flag(help: "PUSH instead of PUB: wait for the receiver, lose nothing.") var push = false
  @OptionGroup(title: "Security") var security: ListeningSecurity

  func validate() throws {
    try StreamOptions.check(fps: fps, waitSubscribers: waitSubscribers, push: push)
    guard (1e-6...1e6).contains(pixelSize ?? 1) else { throw ValidationError("--pixel-size takes 1e-6 to 1e6 nm") }
    guard (1e-3...1e12).contains(dose ?? 1) else { throw ValidationError("--dose takes 0.001 to 1e12 e/Å²") }
    guard !source.isEmpty, source.utf8.count <= FrameDecoder.longestName else {
      throw ValidationError("--source is a name of 1 to \(FrameDecoder.longestName) bytes")
    }
  }

  func run() async throws {
    try await reportingErrors {
      StopSignals.install()
      let security = try security.link(at: bind)
      let sequence = try ImageSequence(paths: images)
      _ = try sequence.page(0)
      var sender = try MessageSender(
        OutputEndpoint(bind, pattern: push ? .push : .publish, security: security), context: try Context())
      StreamStatus.say("publishing \(sequence.count) images at \(sender.endpoint)")
      guard try sender.waitForSubscribers(waitSubscribers, shouldStop: { StopSignals.received }) else { return }
      let stem = URL(fileURLWithPath: images[0]).deletingPathExtension().lastPathComponent
      let publisher = FramePublisher(
        framesPerSecond: fps, loops: loop, source: source,
        series: "\(stem.prefix(100))-\(WallClock.nowNs() / 1_000_000_000)", pixelSizeNm: pixelSize, dosePerA2: dose)
      var status = StreamStatus("published")
      let progress = try publisher.run(
        sequence, to: &sender, shouldStop: { StopSignals.received }, onProgress: { status.update($0) })
      status.finish(progress)
    }
  }
}

/// Checks that publish and replay share.
enum StreamOptions {
  static func check(fps: Double?, waitSubscribers: Int, push: Bool) throws {
    if let fps {
      guard (0.001...10_000).contains(fps) else {
        throw ValidationError("--fps takes 0.001 to 10000 frames per second")
      }
    }
    guard (0...10_000).contains(waitSubscribers) else { throw ValidationError("--wait-subscribers takes 0 to 10000") }
    guard !push || waitSubscribers <= 1 else {
      throw ValidationError("--push waits for one receiver; --wait-subscribers above 1 is for PUB")
    }
  }
}
