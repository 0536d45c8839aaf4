// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import Synchronization
import TestSupport
import Testing
import ZeroMQ

/// Recordings of the built programs under what happens to them: killed, on a full disk, recovered.
@Suite("Recordings of the programs", .serialized)
final class RecordingProgramTests {
  private let folder: TemporaryDirectory
  private let source: Socket
  private let endpoint: String

  init() throws {
    folder = try TemporaryDirectory()
    source = try Socket(.push, in: try Context())
    try source.setLinger(milliseconds: 0)
    try source.setSendTimeout(milliseconds: 100)
    try source.bind("tcp://127.0.0.1:*")
    endpoint = try source.lastEndpoint()
  }

  /// A frame that an agent refuses at once: what is recorded does not depend on what it shows.
  private func frame(_ number: Int, byteCount: Int = 64 * 64) -> [[UInt8]] {
    let side = Int(Double(byteCount).squareRoot())
    return [
      Array(#"{"dtype":"uint8","shape":[\#(side),\#(side)],"frame":\#(number),"source":"abf"}"#.utf8),
      [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: side * side),
    ]
  }

  private func messages(_ path: String) throws -> [(frame: Int, logTimeNs: UInt64)] {
    var reader = try RecordingReader(path: path)
    var message = RecordedMessage()
    var messages: [(Int, UInt64)] = []
    while try reader.next(into: &message) {
      let header = try JSONSerialization.jsonObject(with: Data(message.parts[0])) as? [String: Any]
      messages.append((header?["frame"] as? Int ?? -1, message.logTimeNs))
    }
    return messages
  }

  private func agent(recordings: String, more: String = "") throws -> (Program, output: String) {
    var model = RandomModel.int8()
    try model.write(folder.file("model.safetensors"))
    let output = "tcp://127.0.0.1:\(try freePort())"
    try """
    [input]
    endpoint = "\(endpoint)"
    socket = "pull"
    [output]
    endpoint = "\(output)"
    [model]
    path = "model.safetensors"
    [recording]
    folder = "\(recordings)"
    keep_free_mb = 1
    \(more)
    """.write(toFile: folder.file("agent.toml"), atomically: true, encoding: .utf8)
    return (try Program("glazer-agent", ["--config", folder.file("agent.toml")]), output)
  }

  @Test("kill -9 loses at most one second, of `glazer record` and of the agent", arguments: ["record", "agent"])
  func killed(program: String) throws {
    let recordings = folder.file("recordings")
    try FileManager.default.createDirectory(atPath: recordings, withIntermediateDirectories: true)
    let victim =
      program == "agent"
      ? try agent(recordings: recordings).0
      : try Program(
        "glazer", ["record", "--pull", "--connect", endpoint, "--output", recordings + "/r.mcap", "--keep-free", "1"])
    // Its first message is the beginning; 200 messages a second for two seconds and a bit.
    var sent = 0
    var sentNs: [UInt64] = []
    let deadline = ContinuousClock.now + .seconds(20)
    while sent < 450, ContinuousClock.now < deadline {
      if try source.send(frame(sent)) {
        sentNs.append(WallClock.nowNs())
        sent += 1
      }
      Thread.sleep(forTimeInterval: 0.005)
    }
    let killedNs = WallClock.nowNs()
    victim.send(SIGKILL)
    try #require(sent == 450)
    let names = try FileManager.default.contentsOfDirectory(atPath: recordings)
    let part = try #require(names.first { $0.hasSuffix(".mcap.part") })
    let read = try messages(recordings + "/" + part)
    #expect(read.map(\.frame) == Array(0..<read.count))
    let last = try #require(read.last)
    // The first message that is not there was sent at most a second before the end, and what the machine's other work held this test
    // up for since then.
    let late = sentNs[max(0, read.count - 1)...]
    let allowedNs = 1_000_000_000 + (zip(late.dropFirst(), late).map { $0 - $1 }.max() ?? 0)
    if read.count < sent { #expect(killedNs - sentNs[read.count] <= allowedNs, "\(sent - read.count) lost") }
    #expect(killedNs - last.logTimeNs <= allowedNs)

    let good = folder.file("good.mcap")
    let recovered = try Program.run("glazer", "recover", recordings + "/" + part, "--output", good)
    #expect(recovered.code == 0, "\(recovered.errors)")
    #expect(recovered.output.contains("\(read.count) messages of 1 channels"))
    #expect(try messages(good).map(\.frame) == read.map(\.frame))
  }

  @Test("record rotates by size and attaches what it was asked for; rotated files are replayed like any")
  func rotation() throws {
    let record = try Program(
      "glazer",
      [
        "record", "--pull", "--connect", endpoint, "--output", folder.file("s.mcap"), "--rotate-size", "1", "--frames",
        "40", "--keep-free", "1",
      ])
    for number in 0..<40 { while try !source.send(frame(number, byteCount: 300 * 300)), record.isRunning {} }
    let result = record.result()
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.output.contains("40 frames, 40 messages"))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("s-") }.sorted()
    #expect(names.count == 4)
    #expect(try names.flatMap { try messages(folder.file($0)) }.map(\.frame) == Array(0..<40))
    var reader = try RecordingReader(path: folder.file(names[1]))
    var message = RecordedMessage()
    #expect(try reader.next(into: &message))
    let attachment = try #require(reader.attachments.first)
    #expect(attachment.name == "record.json" && String(decoding: attachment.bytes, as: UTF8.self).contains(endpoint))
  }

  @Test("an unfinished recording is not overwritten, and the error says what to do")
  func leftover() throws {
    try Data([1]).write(to: URL(fileURLWithPath: folder.file("r.mcap.part")))
    let result = try Program.run("glazer", "record", "--connect", endpoint, "--output", folder.file("r.mcap"))
    #expect(result.code == 74 && result.errors.contains("glazer recover"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file("r.mcap.part"))) == Data([1]))
  }

  /// Runs in a mount namespace of its own, so that the small disk is there for this program only.
  private static let canMount: Bool = {
    guard geteuid() == 0, let program = try? Program("/usr/bin/unshare", ["-m", "mount", "-t", "tmpfs", "x", "/mnt"])
    else { return false }
    return program.result().code == 0
  }()

  @Test("on a full disk recording ends, with a whole file and 74", .enabled(if: canMount, "needs root and mount"))
  func fullDisk() throws {
    let (disk, kept) = (folder.file("disk"), folder.file("kept"))
    for path in [disk, kept] {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    let script = """
      mount -t tmpfs -o size=24m glazer-test "$0" || exit 9
      "$1" record --pull --connect "$2" --output "$0/r.mcap" --keep-free "$3"
      code=$?
      cp "$0"/* "$4"
      exit $code
      """
    for keepFree in [4, 0] {
      let record = try Program(
        "/usr/bin/unshare",
        ["-m", "bash", "-c", script, disk, Program.path("glazer"), endpoint, "\(keepFree)", kept])
      var sent = 0
      let deadline = ContinuousClock.now + .seconds(20)
      while record.isRunning, ContinuousClock.now < deadline {
        if try source.send(frame(sent, byteCount: 500 * 500)) { sent += 1 }
        Thread.sleep(forTimeInterval: 0.003)
      }
      let result = record.result()
      #expect(result.code == 74, "\(result.errors)")
      #expect(result.errors.contains(keepFree > 0 ? "the disk is short" : "No space left on device"))
      let read = try messages(kept + "/r.mcap")
      #expect(read.map(\.frame) == Array(read[0].frame..<read[0].frame + read.count))
      #expect(read.count * 250_000 > (keepFree > 0 ? 11 : 14) << 20)
      #expect(result.errors.contains("\(read.count) messages are safe"))
      try FileManager.default.removeItem(atPath: kept + "/r.mcap")
    }
  }

  @Test(
    "on a full disk the agent stops recording and says so, and goes on processing",
    .enabled(if: canMount, "needs root and mount"))
  func agentOnAFullDisk() throws {
    let disk = folder.file("disk")
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    var model = RandomModel.int8()
    try model.write(folder.file("model.safetensors"))
    let output = "tcp://127.0.0.1:\(try freePort())"
    try """
    [input]
    endpoint = "\(endpoint)"
    socket = "pull"
    [output]
    endpoint = "\(output)"
    status_interval_s = 0.2
    [model]
    path = "model.safetensors"
    [recording]
    folder = "disk"
    keep_free_mb = 6
    """.write(toFile: folder.file("agent.toml"), atomically: true, encoding: .utf8)
    let script = """
      mount -t tmpfs -o size=16m glazer-test "$0" && exec "$1" --config "$2"
      """
    let agent = try Program(
      "/usr/bin/unshare",
      ["-m", "bash", "-c", script, disk, Program.path("glazer-agent"), folder.file("agent.toml")])
    var subscriber = try OverlaySubscriber(output, topics: [.status, .event], context: try Context())
    var stoppedAt: Int?
    var last: [String: Any] = [:]
    var event = ""
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
      if Int(last["received"] as? Int ?? 0) < 200, try source.send(frame(0, byteCount: 500 * 500)) {
        Thread.sleep(forTimeInterval: 0.005)
      }
      guard let message = try subscriber.next() else { continue }
      let text = String(decoding: message.parts[1], as: UTF8.self)
      if message.topic == .event, text.contains("recording_stopped") { event = text }
      guard message.topic == .status,
        let json = try JSONSerialization.jsonObject(with: Data(message.parts[1])) as? [String: Any],
        let recording = json["recording"] as? [String: Any], let input = json["input"] as? [String: Any]
      else { continue }
      last = recording
      let received = input["received"] as? Int ?? 0
      last["received"] = received
      if recording["state"] as? String == "stopped", stoppedAt == nil { stoppedAt = received }
      if let stoppedAt, received > stoppedAt + 50 { break }
    }
    let at = try #require(stoppedAt)
    #expect((last["received"] as? Int ?? 0) > at, "frames are taken in after the stop")
    #expect(event.contains("the disk is short"))
    #expect((last["missed"] as? Int ?? 0) > 0)
    // The small disk as the agent sees it.
    let kept = "/proc/\(agent.processIdentifier)/root\(disk)"
    let names = try FileManager.default.contentsOfDirectory(atPath: kept)
    try #require(names.count == 1)
    #expect(try messages(kept + "/" + names[0]).count == last["messages"] as? Int)
    var reader = try RecordingReader(path: kept + "/" + names[0])
    var message = RecordedMessage()
    #expect(try reader.next(into: &message))
    let attached = reader.attachments.map(\.name)
    #expect(attached == ["configuration.toml", "model-card.json", folder.file("agent.toml")])
    #expect(String(decoding: reader.attachments[1].bytes, as: UTF8.self).contains("random-test-model"))
    agent.terminate()
    #expect(agent.result().code == 0)
  }
}
