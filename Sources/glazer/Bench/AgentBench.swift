// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import ZeroMQ

/// Starts glazer-agent beside this program and measures it from outside, over real sockets.
struct AgentBench {
  let modelPath: String
  /// That read cells; 0 for as many as processors.
  let threads: Int

  /// Sends `count` frames at `fps`. A signal ends the agent as well.
  func run(frames: inout BenchFrames, count: Int, fps: Double) throws -> BenchReport.Agent {
    StopSignals.install()
    let context = try Context()
    let source = try Socket(.pub, in: context)
    try source.bind("tcp://127.0.0.1:*")
    let agent = try AgentProcess(modelPath: modelPath, threads: threads, frames: try source.lastEndpoint())
    defer { agent.end() }

    var subscriber = try OverlaySubscriber(agent.output, topics: [.overlay, .status], context: context, timeoutMs: 1)
    _ = try next(.status, &subscriber, from: agent)
    let startUpMs = Self.ms(agent.startedNs)
    // The agent's subscription may still be on its way to this publisher.
    Thread.sleep(forTimeInterval: 0.2)

    var sentNs: [UInt64] = [WallClock.nowNs()]
    try frames.withParts(0) { _ = try source.send(parts: $0) }
    let first = try OverlayDecoder.decode(try next(.overlay, &subscriber, from: agent))
    let firstOverlayMs = Self.ms(sentNs[0])

    var (roundTrips, skipped): ([Double], UInt64) = ([], first.header.input.skipped)
    let intervalNs = UInt64(1e9 / fps)
    func collect() throws {
      while let message = try subscriber.next() {
        guard message.topic == .overlay else { continue }
        let header = try OverlayDecoder.decode(message.parts).header
        roundTrips.append(Self.ms(sentNs[Int(header.frame)]))
        skipped += header.input.skipped
      }
    }
    for number in 1...count {
      try Self.checkSignals()
      let due = sentNs[0] + UInt64(number) * intervalNs
      repeat { try collect() } while WallClock.nowNs() < due
      sentNs.append(WallClock.nowNs())
      try frames.withParts(number) { _ = try source.send(parts: $0) }
    }
    let end = ContinuousClock.now + .seconds(1)
    while ContinuousClock.now < end { try collect() }
    guard !roundTrips.isEmpty else { throw BenchError.agentSilent(what: "overlays", log: agent.log) }
    return BenchReport.Agent(
      startUpMs: startUpMs, firstOverlayMs: firstOverlayMs, roundTripMs: .init(roundTrips), sentPerS: fps,
      overlays: roundTrips.count + 1, skipped: Int(skipped), peakRssMiB: agent.peakRssMiB)
  }

  private func next(
    _ topic: OverlayTopic, _ subscriber: inout OverlaySubscriber, from agent: AgentProcess
  ) throws -> [[UInt8]] {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline, agent.isRunning {
      try Self.checkSignals()
      if let message = try subscriber.next(), message.topic == topic { return message.parts }
    }
    throw BenchError.agentSilent(what: topic.rawValue, log: agent.log)
  }

  private static func checkSignals() throws {
    if StopSignals.received { throw Interruption(what: "stopped while the agent was measured") }
  }

  private static func ms(_ since: UInt64) -> Double { Double(WallClock.nowNs() - since) / 1e6 }
}

/// A glazer-agent with a configuration of its own.
private final class AgentProcess {
  let output: String
  let startedNs: UInt64
  private let process = Process()
  private let folder: URL

  init(modelPath: String, threads: Int, frames: String) throws {
    guard AgentProgram.isThere else { throw BenchError.agentMissing(path: AgentProgram.path) }
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("glazer-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // A file of its own and not a port: nobody else can take it.
    output = "ipc://\(folder.path)/overlays"
    let configuration = folder.appendingPathComponent("agent.toml")
    try """
    [input]
    endpoint = "\(frames)"
    [output]
    endpoint = "\(output)"
    preview_rate_hz = 5.0
    [model]
    path = "\(URL(fileURLWithPath: modelPath).path)"
    [compute]
    threads = \(threads)
    """.write(to: configuration, atomically: true, encoding: .utf8)
    let log = folder.appendingPathComponent("log")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    process.executableURL = URL(fileURLWithPath: AgentProgram.path)
    process.arguments = ["--config", configuration.path]
    process.standardError = try FileHandle(forWritingTo: log)
    process.standardInput = FileHandle.nullDevice
    startedNs = WallClock.nowNs()
    try process.run()
  }

  var isRunning: Bool { process.isRunning }

  /// The last line it wrote.
  var log: String {
    let text = (try? String(contentsOf: folder.appendingPathComponent("log"), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").last.map(String.init) ?? ""
  }

  /// VmHWM of /proc, MiB; NaN where it cannot be read.
  var peakRssMiB: Double {
    let path = "/proc/\(process.processIdentifier)/status"
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kib = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) }
    return (kib ?? .nan) / 1024
  }

  func end() {
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }
}
