// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import Synchronization
import Testing
import ZeroMQ

@Suite struct StreamingTests {
  let folder: TemporaryFolder
  let context: Context

  init() throws {
    folder = try TemporaryFolder()
    context = try Context()
  }

  /// Runs the sending side on a thread of its own and records what it sends.
  func record(
    to name: String, pattern: OutputEndpoint.Pattern, frames: UInt64? = nil,
    sending: @escaping @Sendable (inout MessageSender) throws -> Void
  ) throws -> (path: String, progress: StreamProgress) {
    let path = folder.path(name)
    let sender = try MessageSender(OutputEndpoint("tcp://127.0.0.1:*", pattern: pattern), context: context)
    let input = InputEndpoint(
      sender.endpoint, pattern: pattern == .publish ? .sub : .pull, highWaterMark: 1000)
    let outcome = Mutex<(isDone: Bool, error: (any Error)?)>((false, nil))
    let box = Box(sender)
    Thread.detachNewThread {
      do {
        var sender = box.take()
        if try sender.waitForSubscribers(1, shouldStop: { false }) { try sending(&sender) }
        outcome.withLock { $0.isDone = true }
      } catch {
        outcome.withLock { $0 = (true, error) }
      }
    }
    let socket = try input.open(in: context)
    let recorder = BackgroundRecorder(RecordingPlan(path: path))
    // Everything has come when the sender is done and the socket has been silent for a while.
    var silence = 0
    var before: UInt64 = 0
    var messages: UInt64 = 0
    let deadline = ContinuousClock.now + .seconds(20)
    let progress = try StreamRecorder(largestFrameCount: frames).run(
      from: socket, to: recorder,
      shouldStop: {
        silence = messages == before && outcome.withLock { $0.isDone } ? silence + 1 : 0
        before = messages
        return silence > 10 || ContinuousClock.now > deadline
      },
      onProgress: { messages = $0.messages })
    recorder.finish()
    if let failure = recorder.report.failure { throw failure }
    if let error = outcome.withLock({ $0.error }) { throw error }
    return (path, progress)
  }

  final class Box: @unchecked Sendable {
    private var sender: MessageSender?
    init(_ sender: consuming MessageSender) { self.sender = consume sender }
    func take() -> MessageSender {
      guard let sender = sender.take() else { preconditionFailure("taken twice") }
      return sender
    }
  }

  func images() throws -> [String] {
    let a = folder.path("a.tif")
    let b = folder.path("b.tif")
    try TiffWriter.write(
      (0..<3).map { Image(width: 40, height: 32, fill: Float(100 + $0)) }, to: a, as: .uint16, pixelSizeNm: 0.01)
    var missing = Image(width: 20, height: 16, fill: 0.5)
    missing[3, 4] = .nan
    try TiffWriter.write([missing], to: b, as: .float32)
    return [a, b]
  }

  @Test(arguments: [OutputEndpoint.Pattern.publish, .push])
  func publishedFramesAreTheImages(pattern: OutputEndpoint.Pattern) throws {
    let paths = try images()
    let publisher = FramePublisher(framesPerSecond: 200, source: "abf", series: "s1", dosePerA2: 5e4)
    let recorded = try record(to: "r.mcap", pattern: pattern) { sender in
      _ = try publisher.run(
        try ImageSequence(paths: paths), to: &sender, shouldStop: { false }, onProgress: { _ in })
    }
    #expect(recorded.progress.frames == 4 && recorded.progress.messages == 5)
    #expect(recorded.progress.missingFrames == 0)
    let messages = try readAll(recorded.path).messages
    try #require(messages.count == 5)
    var decoder = FrameDecoder()
    var frame = Frame(header: FrameHeader(source: "", frame: -1), image: Image(width: 0, height: 0))
    for (i, message) in messages[..<4].enumerated() {
      #expect(try decoder.decode(message.parts, into: &frame) == .frame)
      let page = try TiffReader.read(path: paths[i / 3], page: i % 3)
      #expect(frame.image.pixels.map(\.bitPattern) == page.image.pixels.map(\.bitPattern))
      #expect(frame.saturationLevel == page.saturationLevel)
      #expect(frame.header.frame == Int64(i) && frame.header.source == "abf" && frame.header.series == "s1")
      #expect(frame.header.pixelSizeNm == (i < 3 ? 0.01 : nil) && frame.header.dosePerA2 == 5e4)
      #expect(frame.header.isLast == (i == 3))
      #expect(message.source == "abf" && message.publishTimeNs == frame.header.timeNs)
      #expect(message.logTimeNs >= message.publishTimeNs)
    }
    #expect(try decoder.decode(messages[4].parts, into: &frame) == .seriesEnd(source: "abf", series: "s1"))
  }

  @Test("messages of too many parts are counted, and told where nothing else came")
  func tooManyParts() throws {
    let input = InputEndpoint("inproc://parts", pattern: .pull, binds: true)
    let socket = try input.open(in: context)
    let sender = try Socket(.push, in: context)
    try sender.connect("inproc://parts")
    try sender.send([[UInt8]](repeating: [1], count: Multipart.largestPartCount + 1))
    let recorder = BackgroundRecorder(RecordingPlan(path: folder.path("r.mcap")))
    let progress = try StreamRecorder(durationS: 0.5).run(
      from: socket, to: recorder, shouldStop: { false }, onProgress: { _ in })
    recorder.finish()
    #expect(progress.messages == 0 && progress.droppedMessages == 1)
    func told(_ progress: StreamProgress) -> String {
      StreamError.nothingReceived(endpoint: "tcp://a:1", progress: progress, largestPart: 1000).description
    }
    #expect(told(progress).contains("at most 64 parts") && told(progress).contains("more in 1"))
    var cutOff = StreamProgress()
    #expect(told(cutOff).contains("expected a publisher there"))
    cutOff.cutOffs = 6
    #expect(told(cutOff).contains("1000 bytes") && told(cutOff).contains("6 times"))
  }

  @Test func loopingGoesOnUntilItIsStopped() throws {
    let paths = try images()
    let publisher = FramePublisher(framesPerSecond: 500, loops: true, source: "abf", series: "s1", pixelSizeNm: 0.02)
    let recorded = try record(to: "r.mcap", pattern: .push) { sender in
      var sent: UInt64 = 0
      _ = try publisher.run(
        try ImageSequence(paths: paths), to: &sender, shouldStop: { sent >= 11 }, onProgress: { sent = $0.frames })
    }
    #expect(recorded.progress.frames == 11 && recorded.progress.messages == 12)
    let headers = try readAll(recorded.path).messages.prefix(11).map { message in
      var decoder = FrameDecoder()
      var frame = Frame(header: FrameHeader(source: "", frame: -1), image: Image(width: 0, height: 0))
      _ = try decoder.decode(message.parts, into: &frame)
      return frame.header
    }
    #expect(headers.map(\.frame) == Array(0..<11))
    #expect(headers.allSatisfy { $0.pixelSizeNm == 0.02 && !$0.isLast })
  }

  /// The promise of a recording: what goes out in a replay is bit for bit what came in, frames or not.
  @Test(arguments: [OutputEndpoint.Pattern.publish, .push])
  func aReplayIsBitIdentical(pattern: OutputEndpoint.Pattern) throws {
    let messages = RecordingTests.samples(40)
    let path = folder.path("original.mcap")
    var writer = try RecordingWriter(path: path)
    for message in messages { try writer.append(message) }
    try writer.finish()
    let took = Mutex(Duration.zero)
    let recorded = try record(to: "again.mcap", pattern: pattern) { sender in
      var reader = try RecordingReader(path: path)
      let start = ContinuousClock.now
      _ = try StreamReplayer(timing: .original(rate: 100)).run(
        &reader, to: &sender, shouldStop: { false }, onProgress: { _ in })
      took.withLock { $0 = ContinuousClock.now - start }
    }
    #expect(try readAll(recorded.path).messages.map(\.parts) == messages.map(\.parts))
    // 39 intervals of 300 ms at a hundred times the speed.
    #expect(took.withLock { $0 } >= .milliseconds(117))
  }

  @Test func aSteadyReplayLoopsAndKeepsItsRate() throws {
    let path = folder.path("original.mcap")
    var writer = try RecordingWriter(path: path)
    for message in RecordingTests.samples(4) { try writer.append(message) }
    try writer.finish()
    let recorded = try record(to: "again.mcap", pattern: .push) { sender in
      var reader = try RecordingReader(path: path)
      var sent: UInt64 = 0
      _ = try StreamReplayer(timing: .steady(framesPerSecond: 500), loops: true).run(
        &reader, to: &sender, shouldStop: { sent >= 10 }, onProgress: { sent = $0.messages })
    }
    let parts = RecordingTests.samples(4).map(\.parts)
    #expect(try readAll(recorded.path).messages.map(\.parts) == (parts + parts + parts[..<2]))
  }

  @Test func recordingEndsAfterSoManyFramesAndCountsGaps() throws {
    let recorded = try record(to: "r.mcap", pattern: .push, frames: 3) { sender in
      for number in [0, 1, 5, 6] {
        let header = Array(#"{"dtype":"uint8","shape":[16,16],"frame":\#(number),"source":"a"}"#.utf8)
        _ = try sender.send(header, [UInt8](repeating: 1, count: 256), shouldStop: { false })
      }
    }
    #expect(recorded.progress.frames == 3)
    #expect(recorded.progress.missingFrames == 3)
    #expect(try readAll(recorded.path).messages.count == 3)
  }

  @Test func nothingToReplayIsAnError() throws {
    let path = folder.path("empty.mcap")
    try RecordingWriter(path: path).finish()
    var reader = try RecordingReader(path: path)
    var sender = try MessageSender(OutputEndpoint("inproc://empty"), context: context)
    #expect(throws: RecordingError.noMessages(path: path, otherMessages: 0)) {
      try StreamReplayer(loops: true).run(&reader, to: &sender, shouldStop: { false }, onProgress: { _ in })
    }
  }

  @Test func badImagesAreKnownBeforeAnythingIsSent() throws {
    let good = try images()[0]
    let bad = try folder.write(Array("nonsense".utf8), to: "bad.tif")
    #expect(throws: TiffError.self) { try ImageSequence(paths: [good, bad]) }
    let small = folder.path("small.tif")
    try TiffWriter.write([Image(width: 8, height: 8)], to: small, as: .uint16)
    let sequence = try ImageSequence(paths: [small])
    #expect(throws: TiffError.self) { try sequence.page(0) }
  }
}
