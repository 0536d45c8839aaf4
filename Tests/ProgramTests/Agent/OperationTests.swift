// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import Inference
import TestSupport
import Testing
import ZeroMQ

/// glazer-agent as an operator has it: under a service manager, reloaded while frames flow, asked over HTTP.
@Suite("glazer-agent in operation", .serialized)
struct OperationTests {
  private static let recording = SharedData.repository.appendingPathComponent("tools/demo-recording/demo.mcap").path
  private static let hasPrometheus =
    (try? Program.run("/usr/bin/env", "python3", "-c", "import prometheus_client").code) == 0

  private let folder: TemporaryDirectory
  private let input: String
  private let output: String

  init() throws {
    folder = try TemporaryDirectory()
    for (name, seed) in [("first", 1), ("second", 2)] as [(String, UInt64)] {
      var model = RandomModel.int8(seed: seed, name: name)
      try model.write(folder.file("\(name).safetensors"))
    }
    (input, output) = ("tcp://127.0.0.1:\(try freePort())", "tcp://127.0.0.1:\(try freePort())")
    try configure()
  }

  private func configure(
    model: String = "first", output: String? = nil, more: String = "", end: String = ""
  ) throws {
    try """
    [input]
    endpoint = "\(input)"
    \(more)
    [output]
    endpoint = "\(output ?? self.output)"
    queue = 1000
    status_interval_s = 0.2
    [model]
    path = "\(model).safetensors"
    [monitor]
    http = "127.0.0.1:0"
    \(end)
    """.write(toFile: folder.file("agent.toml"), atomically: true, encoding: .utf8)
  }

  private func start(_ environment: [String: String] = [:]) throws -> (agent: Program, port: UInt16) {
    let agent = try Program("glazer-agent", ["--config", folder.file("agent.toml")], environment: environment)
    #expect(agent.waits { $0.errorsSoFar.contains("overlays on") }, "\(agent.errorsSoFar)")
    let match = try #require(agent.errorsSoFar.firstMatch(of: /http:\/\/127\.0\.0\.1:(\d+)\/metrics/))
    return (agent, try #require(UInt16(match.1)))
  }

  private func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline { if try condition() { return true } }
    return false
  }

  private func frames() throws -> Program {
    try Program(
      "glazer", ["replay", Self.recording, "--bind", input, "--loop", "--fps", "20", "--wait-subscribers", "1"])
  }

  @Test("under a service manager: ready, a status line, the watchdog's signs while frames flow, stopping")
  func serviceManager() throws {
    let manager = try NotifySocket(folder.file("notify"))
    let (agent, _) = try start(["NOTIFY_SOCKET": folder.file("notify"), "WATCHDOG_USEC": "400000"])
    #expect(manager.next() == "READY=1")
    let replay = try frames()
    let locked = manager.next(seconds: 20) { $0.hasPrefix("STATUS=locked: frame ") }
    #expect(locked?.contains("frames/s; latency ") == true && locked?.contains("model first ") == true)
    _ = manager.drain()
    Thread.sleep(forTimeInterval: 1.1)
    // One each 200 ms and a turn of the loop; a machine under load may be late.
    let signs = manager.drain().count { $0 == "WATCHDOG=1" }
    #expect((2...6).contains(signs))
    agent.terminate()
    #expect(manager.next { $0 == "STOPPING=1" } != nil)
    let result = agent.result()
    #expect(result.code == 0, "\(result.errors)")
    replay.terminate()
  }

  @Test("a reload while frames flow: a good one between two frames, broken ones refused with the reason")
  func reload() throws {
    let manager = try NotifySocket(folder.file("notify"))
    let (agent, port) = try start(["NOTIFY_SOCKET": folder.file("notify")])
    let replay = try frames()
    var subscriber = try OverlaySubscriber(output, topics: [.overlay, .event], context: try Context())
    var last: OverlayHeader?

    /// Reads overlays, which must come without a hole, until one satisfies `condition`.
    func overlay(where condition: (OverlayHeader) -> Bool) throws -> OverlayHeader? {
      let deadline = ContinuousClock.now + .seconds(20)
      while ContinuousClock.now < deadline {
        guard let message = try subscriber.next(), message.topic == .overlay else { continue }
        let header = try OverlayDecoder.decode(message.parts).header
        if let last { #expect(header.seq == last.seq + 1) }
        last = header
        if condition(header) { return header }
      }
      return nil
    }
    func goesOn(with model: String) throws -> Bool {
      // Overlays from before wait to be read: the first that is not published yet is meant.
      let published = Self.metric("glazer_overlays_published_total", port) ?? .infinity
      return try overlay { Double($0.seq) > published }?.model.name == model
    }
    func log(_ text: String) -> Bool { agent.waits { $0.errorsSoFar.contains(text) } }

    #expect(try overlay { $0.lattice.locked }?.model.name == "first")

    try configure(model: "second", output: "tcp://127.0.0.1:1", more: "silence_s = 7")
    // What nobody reads fills the socket, and the rest is lost.
    _ = manager.drain()
    agent.send(SIGHUP)
    #expect(manager.next(seconds: 20) { $0.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") } != nil)
    #expect(manager.next(seconds: 20) { $0 == "READY=1" } != nil)
    #expect(try overlay { $0.model.name == "second" } != nil, "\(agent.errorsSoFar)")
    #expect(log("notice glazer-agent: reloaded: model second "))
    #expect(log("in use only after a restart: output.endpoint\n"))

    let whole = try Data(contentsOf: URL(fileURLWithPath: folder.file("first.safetensors")))
    try whole.dropLast(100).write(to: URL(fileURLWithPath: folder.file("cut.safetensors")))
    try configure(model: "cut")
    agent.send(SIGHUP)
    #expect(log("error glazer-agent: reload refused, all goes on as before: "))
    #expect(agent.errorsSoFar.contains("cut.safetensors"))
    #expect(try goesOn(with: "second"))

    var overflowing = RandomModel.int8(name: "overflowing")
    let weights = try #require(overflowing.tensors["dense2.weight"])
    overflowing.tensors["dense2.weight"] = Tensor(
      weights.floats!.map { _ in Float.greatestFiniteMagnitude }, shape: weights.shape)
    try overflowing.write(folder.file("overflowing.safetensors"))
    try configure(model: "overflowing", more: "quuee = 3")
    Thread.sleep(forTimeInterval: 0.1)
    agent.send(SIGHUP)
    #expect(log("agent.toml:3: unknown key \"input.quuee\""))
    #expect(agent.waits { _ in Self.metric("glazer_reloads_total{result=\"refused\"}", port) == 2 })
    try configure(model: "overflowing")
    agent.send(SIGHUP)
    #expect(agent.waits { _ in Self.metric("glazer_reloads_total{result=\"refused\"}", port) == 3 })
    #expect(log("model overflowing: self-test: output "))
    #expect(Self.metric("glazer_reload_refused", port) == 1)
    #expect(try goesOn(with: "second"))

    try configure(model: "first")
    agent.send(SIGHUP)
    #expect(try overlay { $0.model.name == "first" } != nil)
    #expect(agent.waits { _ in Self.metric("glazer_reload_refused", port) == 0 })
    agent.terminate()
    #expect(agent.result().code == 0)
    replay.terminate()
  }

  @Test("each refusal of a reload says what is wrong, and where")
  func reasons() throws {
    let (agent, _) = try start()
    defer { agent.terminate() }
    var subscriber = try OverlaySubscriber(output, topics: [.event, .status], context: try Context())
    // A status answers a subscription: from then on no event is missed.
    #expect(try eventually { try subscriber.next()?.topic == .status })
    func reason() throws -> String {
      Thread.sleep(forTimeInterval: 0.3)
      agent.send(SIGHUP)
      let deadline = ContinuousClock.now + .seconds(10)
      while ContinuousClock.now < deadline {
        guard let message = try subscriber.next(), message.topic == .event else { continue }
        return try OverlayDecoder.decodeEvent(message.parts).message
      }
      return "none"
    }
    try configure(more: "quuee = 3")
    #expect(try reason().contains("agent.toml:3: unknown key \"input.quuee\""))
    try configure(model: "none")
    #expect(try reason().contains("none.safetensors"))
    // As at a start: recordings would hold the file with the key in it.
    try configure(end: "[security]\nsecret_key = \"\(String(repeating: "aB3-", count: 10))\"")
    let pasted = try reason()
    #expect(pasted.contains("security.secret_key") && !pasted.contains("aB3-"))
    try FileManager.default.removeItem(atPath: folder.file("agent.toml"))
    #expect(try reason().hasSuffix("agent.toml: cannot be read: no such file"))
    try configure()
    #expect(try reason().hasPrefix("reloaded: the same model first "))
  }

  @Test("probes and metrics over HTTP while frames flow; what came in adds up")
  func http() throws {
    let (agent, port) = try start()
    #expect(try PlainClient.fetch("/healthz", port).code == 200)
    #expect(try PlainClient.fetch("/readyz", port).code == 200)
    let replay = try frames()
    #expect(agent.waits { _ in (Self.metric("glazer_overlays_published_total", port) ?? 0) >= 5 })
    replay.terminate()
    _ = replay.result()
    // One page: frames may still be on their way through, and it is counted in one step.
    let page = try PlainClient.fetch("/metrics", port).body
    func value(_ name: String) -> Double { Self.metric(name, onPage: page) ?? .nan }
    let reasons = RejectionReason.allCases.map { value("glazer_rejected_total{reason=\"\($0.rawValue)\"}") }
    #expect(
      value("glazer_messages_received_total")
        == value("glazer_overlays_published_total") + value("glazer_frames_skipped_total{reason=\"newer_frame\"}")
        + reasons.reduce(0, +) + value("glazer_series_starts_total") + value("glazer_series_ends_total"))
    #expect(value("glazer_stage_seconds_count{stage=\"total\"}") == value("glazer_overlays_published_total"))
    #expect(value("process_resident_memory_bytes") > 1e6)
    let status = try PlainClient.fetch("/status", port)
    #expect(status.code == 200 && status.body.contains("\"htype\":\"agent-status-1.0\""))
    agent.terminate()
    #expect(agent.result().code == 0)
  }

  @Test(
    "Prometheus's own parser reads /metrics", .enabled(if: hasPrometheus, "needs Python's prometheus_client"))
  func prometheus() throws {
    let (agent, port) = try start()
    defer { agent.terminate() }
    let page = try PlainClient.fetch("/metrics", port)
    try page.body.write(toFile: folder.file("metrics"), atomically: true, encoding: .utf8)
    let script = """
      import sys
      from prometheus_client.parser import text_string_to_metric_families as parse
      families = {f.name: f for f in parse(open(sys.argv[1]).read())}
      stages = families["glazer_stage_seconds"]
      print(stages.type, len({s.labels["stage"] for s in stages.samples}), families["glazer_model_info"].samples[0].labels["name"])
      print(families["glazer_rejected"].type, all(f.documentation for f in families.values()))
      """
    let result = try Program.run("/usr/bin/env", "python3", "-c", script, folder.file("metrics"))
    #expect(result.output == "histogram 5 first\ncounter True\n", "\(result.errors)")
  }

  @Test("a taken port leaves frames without metrics, and says so; another network is refused with 78")
  func ports() throws {
    let (first, port) = try start()
    defer { first.terminate() }
    try configure(output: "tcp://127.0.0.1:*")
    let text = try String(contentsOfFile: folder.file("agent.toml"), encoding: .utf8)
    try text.replacing("127.0.0.1:0", with: "127.0.0.1:\(port)")
      .write(toFile: folder.file("agent.toml"), atomically: true, encoding: .utf8)
    let second = try Program("glazer-agent", ["--config", folder.file("agent.toml")])
    #expect(second.waits { $0.errorsSoFar.contains("warning glazer-agent: no metrics on http://127.0.0.1:\(port)") })
    second.terminate()
    #expect(second.result().code == 0)
    try text.replacing("127.0.0.1:0", with: "0.0.0.0:9464")
      .write(toFile: folder.file("agent.toml"), atomically: true, encoding: .utf8)
    let result = try Program.run("glazer-agent", "--config", folder.file("agent.toml"))
    #expect(
      result.code == 78 && result.errors.contains("monitor.http is \"0.0.0.0:9464\", expected an address on loop"))
  }

  /// A sample of /metrics by its name and labels as they stand there.
  private static func metric(_ name: String, _ port: UInt16) -> Double? {
    (try? PlainClient.fetch("/metrics", port).body).flatMap { metric(name, onPage: $0) }
  }

  private static func metric(_ name: String, onPage page: String) -> Double? {
    page.split(separator: "\n").first { $0.hasPrefix(name + " ") }.flatMap {
      Double($0.dropFirst(name.count + 1))
    }
  }
}
