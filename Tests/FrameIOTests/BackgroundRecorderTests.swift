// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import Synchronization
import Testing
import ZeroMQ

@Suite("Background recorder")
final class BackgroundRecorderTests {
  let folder: TemporaryFolder
  let source: Socket
  let sink: Socket

  init() throws {
    folder = try TemporaryFolder()
    let context = try Context()
    source = try Socket(.push, in: context)
    sink = try Socket(.pull, in: context)
    try source.bind("inproc://recorder")
    try sink.connect("inproc://recorder")
  }

  /// The wire parts of message `number`, with so many bytes of pixels.
  static func parts(_ number: Int, byteCount: Int) -> [[UInt8]] {
    [
      Array(#"{"dtype":"uint8","shape":[1,1],"frame":\#(number),"source":"a"}"#.utf8),
      [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: byteCount),
    ]
  }

  /// Sends messages through a socket, as they come to an agent, and offers them to the recorder.
  func offer(_ numbers: Range<Int>, byteCount: Int, to recorder: BackgroundRecorder, waits: Bool = true) throws {
    var message = ReceivedMessage()
    for number in numbers {
      try source.send(Self.parts(number, byteCount: byteCount))
      while try sink.receive(into: &message.parts) != .message {}
      message.receivedNs = WallClock.nowNs()
      if waits { _ = recorder.offer(message, shouldStop: { false }) } else { recorder.offer(message) }
      // The recorder has its own reference: what the receiver does with the message is no matter.
      message.parts.removeAll()
    }
  }

  func waits(until isMet: () -> Bool) -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
      if isMet() { return true }
      Thread.sleep(forTimeInterval: 0.01)
    }
    return false
  }

  func messages(_ names: [String]) throws -> [[[UInt8]]] {
    try names.flatMap { name in
      let read = try readAll(folder.path(name))
      #expect(!read.isTruncated)
      return read.messages.map(\.parts)
    }
  }

  @Test("files end by size; together they hold every message once, in order, each with the attachments")
  func rotationBySize() throws {
    let card = RecordingAttachment(name: "card.json", mediaType: "application/json", bytes: [1, 2], timeNs: 3)
    let recorder = BackgroundRecorder(
      RecordingPlan(path: folder.path("s.mcap"), rotateByteCount: 1 << 20), attachments: [card])
    try offer(0..<50, byteCount: 100_000, to: recorder)
    recorder.finish()
    let report = recorder.report
    let names = folder.names.sorted()
    #expect(names == (1...5).map { "s-000\($0).mcap" })
    #expect(report.finishedFileCount == 5 && report.messageCount == 50 && report.missedCount == 0)
    #expect(report.state == .ended && report.failure == nil)
    #expect(try messages(names) == (0..<50).map { Self.parts($0, byteCount: 100_000) })
    for name in names {
      var reader = try RecordingReader(path: folder.path(name))
      var message = RecordedMessage()
      _ = try reader.next(into: &message)
      let attachments = reader.attachments
      #expect(attachments == [card])
    }
  }

  @Test("files end by time, also when nothing more comes; numbers that are taken are passed over")
  func rotationByTime() throws {
    _ = try folder.write([], to: "s-0002.mcap")
    let recorder = BackgroundRecorder(RecordingPlan(path: folder.path("s.mcap"), rotateAfterS: 2))
    try offer(0..<3, byteCount: 10, to: recorder)
    #expect(waits { recorder.report.finishedFileCount == 1 })
    try offer(3..<5, byteCount: 10, to: recorder)
    recorder.finish()
    #expect(folder.names.sorted() == ["s-0001.mcap", "s-0002.mcap", "s-0003.mcap"])
    #expect(try messages(["s-0001.mcap", "s-0003.mcap"]) == (0..<5).map { Self.parts($0, byteCount: 10) })
  }

  @Test("a short disk stops the recording with a whole file; it says so, counts, and goes on when there is room")
  func shortDisk() throws {
    let free = Mutex(Int?.some(500 << 20))
    let recorder = BackgroundRecorder(
      RecordingPlan(path: folder.path("s.mcap"), isNumbered: true, keepFreeByteCount: 100 << 20),
      freeByteCount: { _ in free.withLock { $0 } })
    try offer(0..<4, byteCount: 10, to: recorder)
    #expect(waits { recorder.report.messageCount == 4 })
    free.withLock { $0 = 99 << 20 }
    Thread.sleep(forTimeInterval: 0.6)
    try offer(4..<7, byteCount: 10, to: recorder)
    #expect(waits { recorder.report.missedCount == 3 })
    let stopped = recorder.report
    #expect(stopped.state == .stopped && stopped.messageCount == 4 && stopped.finishedFileCount == 1)
    #expect(stopped.failure?.description.contains("99 MiB free, expected more than 108 MiB") == true)
    #expect(try messages(["s-0001.mcap"]) == (0..<4).map { Self.parts($0, byteCount: 10) })
    free.withLock { $0 = 200 << 20 }
    #expect(waits { recorder.report.state == .recording })
    try offer(7..<9, byteCount: 10, to: recorder)
    recorder.finish()
    let report = recorder.report
    #expect(report.messageCount == 6 && report.missedCount == 3 && report.droppedCount == 0)
    #expect(try messages(["s-0002.mcap"]) == (7..<9).map { Self.parts($0, byteCount: 10) })
  }

  @Test("a disk that hangs holds nobody up: what has no room is dropped and counted, the rest is recorded")
  func hangingDisk() throws {
    let gate = Mutex(())
    let isHanging = Atomic(false)
    let recorder = BackgroundRecorder(
      RecordingPlan(path: folder.path("s.mcap")), queueByteCount: 10_000,
      freeByteCount: { _ in
        if isHanging.load(ordering: .relaxed) { gate.withLock { _ in } }
        return .max
      })
    Thread.sleep(forTimeInterval: 0.6)
    let took = try gate.withLock { _ in
      isHanging.store(true, ordering: .relaxed)
      let start = ContinuousClock.now
      try offer(0..<100, byteCount: 1000, to: recorder, waits: false)
      return ContinuousClock.now - start
    }
    #expect(took < .seconds(1))
    recorder.finish()
    let report = recorder.report
    // Nine of them fit, and one or two were in the writer's hands.
    #expect((9...11).contains(report.messageCount))
    #expect(report.messageCount + report.droppedCount == 100 && report.missedCount == 0)
    let recorded = try messages(["s.mcap"])
    // In order and as they were; which of them found room depends on when the writer took its first one.
    let numbers = recorded.map { Int($0.last?.first ?? 255) }
    #expect(numbers == Array(Set(numbers)).sorted() && numbers.first == 0)
    #expect(recorded == numbers.map { Self.parts($0, byteCount: 1000) })
  }

  @Test("a folder that is not there is told of at once; nothing is left of a recording without messages")
  func beginnings() throws {
    let nowhere = BackgroundRecorder(RecordingPlan(path: folder.path("none/s.mcap")))
    #expect(nowhere.report.state == .stopped && nowhere.report.failure != nil)
    nowhere.finish()
    let empty = BackgroundRecorder(RecordingPlan(path: folder.path("s.mcap")))
    #expect(folder.names == ["s.mcap.part"])
    empty.finish()
    #expect(folder.names.isEmpty && empty.report.failure == nil)
  }

  @Test("new attachments begin a new file")
  func renewal() throws {
    let recorder = BackgroundRecorder(RecordingPlan(path: folder.path("s.mcap"), isNumbered: true))
    try offer(0..<2, byteCount: 10, to: recorder)
    #expect(waits { recorder.report.messageCount == 2 })
    let card = RecordingAttachment(name: "card.json", mediaType: "application/json", bytes: [1, 2], timeNs: 3)
    recorder.beginFile(attachments: [card])
    #expect(waits { recorder.report.finishedFileCount == 1 })
    try offer(2..<3, byteCount: 10, to: recorder)
    recorder.finish()
    #expect(try messages(["s-0001.mcap", "s-0002.mcap"]) == (0..<3).map { Self.parts($0, byteCount: 10) })
    var reader = try RecordingReader(path: folder.path("s-0002.mcap"))
    var message = RecordedMessage()
    #expect(try reader.next(into: &message))
    let attachments = reader.attachments
    #expect(attachments == [card])
  }
}
