// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import FrameIO
import GlazerCore
import Inference
import TestSupport
import Testing
import ZeroMQ

@testable import Agent

/// Reloads, signs of life and metrics of the whole agent over real sockets.
@Suite("Reload and watchdog", .serialized)
struct ReloadTests {
  private let service = ServiceTests()

  private func model(_ name: String, seed: UInt64 = 2) throws -> TiltModel {
    try TiltModel(RandomModel.int8(seed: seed, name: name), file: name)
  }

  @Test("another model takes over between two frames, with no frame lost and the lattice still followed")
  func swap() throws {
    let agent = try ServiceTests.RunningAgent { $0.input.socket = .pull }
    let context = try Context()
    var subscriber = try OverlaySubscriber(agent.output, topics: [.overlay, .event, .status], context: context)
    _ = try service.next(.status, &subscriber)
    let source = try Socket(.push, in: context)
    try source.connect(agent.input)
    func overlay(_ number: Int) throws -> Overlay {
      try source.send(TestScan.parts(number))
      return try OverlayDecoder.decode(try service.next(.overlay, &subscriber))
    }
    _ = try overlay(0)
    let before = try overlay(1)
    var configuration = AgentConfiguration()
    configuration.instrument.pixelSizeNm = 0.021
    agent.service.reloads.put(
      .ready(
        try Replacement(
          model: try model("second"), configuration: configuration, waitingForRestart: ["input.endpoint"])))
    let event = try service.json(try service.next(.event, &subscriber) { $0.contains("reloaded") })
    let message = try #require(event["message"] as? String)
    #expect(message.contains("model second") && message.contains("before random-test-model"))
    #expect(message.hasSuffix("only after a restart: input.endpoint"))
    let after = try overlay(2)
    #expect(before.header.model.name == "random-test-model" && after.header.model.name == "second")
    #expect(after.header.model.sha256 != before.header.model.sha256)
    #expect(after.header.lattice.locked && after.header.seq == 2 && after.header.input == OverlayInput())
    // The cells are those that a pipeline with the second model reads.
    let fresh = Pipeline(model: try model("second"), configuration: AgentConfiguration(), identity: RunIdentity())
    for number in 0...2 { #expect(fresh.process(TestScan.parts(number)) == .overlay) }
    #expect(after.cells.q.map(\.bitPattern) == fresh.cells.q.map(\.bitPattern))

    let metrics = try #require(agent.service.board.metrics)
    #expect(metrics.model.name == "second" && metrics.reloads == 1 && !metrics.isReloadRefused)
    #expect(agent.service.board.status.map { $0.model.name } != nil)
    #expect(agent.end())
  }

  @Test("what a running agent cannot change stays as it is")
  func restartOnly() {
    var new = AgentConfiguration()
    (new.input.endpoint, new.input.silenceS, new.output.queue) = ("tcp://elsewhere:1", 9, 99)
    (new.material.pseudoCubicNm, new.monitor.http, new.output.previewRateHz) = (0.4, "", 1)
    let result = AgentConfiguration().reloaded(from: new)
    var expected = AgentConfiguration()
    (expected.input.silenceS, expected.material.pseudoCubicNm, expected.output.previewRateHz) = (9, 0.4, 1)
    #expect(result == expected)
  }

  @Test("a refused reload is told with its reason, and all goes on")
  func refused() throws {
    let agent = try ServiceTests.RunningAgent()
    let context = try Context()
    var subscriber = try OverlaySubscriber(agent.output, topics: [.overlay, .event, .status], context: context)
    _ = try service.next(.status, &subscriber)
    let source = try SubscribedSource.connecting(to: agent.input, in: context)
    agent.service.reloads.put(.refused(reason: "agent.toml:3: nonsense"))
    let event = try service.json(try service.next(.event, &subscriber) { $0.contains("reload_refused") })
    #expect((event["message"] as? String)?.hasSuffix("goes on as before: agent.toml:3: nonsense") == true)
    try source.send(TestScan.parts(0))
    #expect(
      try OverlayDecoder.decode(try service.next(.overlay, &subscriber)).header.model.name == "random-test-model")
    let metrics = try #require(agent.service.board.metrics)
    #expect(metrics.reloadsRefused == 1 && metrics.isReloadRefused && metrics.reloads == 0)
    #expect(agent.end())
  }

  @Test("a model of sound shape whose outputs overflow does not pass its self-test")
  func selfTest() throws {
    var file = RandomModel.int8(name: "overflowing")
    let weights = try #require(file.tensors["dense2.weight"]?.floats)
    file.tensors["dense2.weight"] = Tensor(
      weights.map { _ in Float.greatestFiniteMagnitude }, shape: file.tensors["dense2.weight"]!.shape)
    let broken = try TiltModel(file, file: "overflowing")
    #expect(throws: ModelSelfTest.Failure.self) {
      _ = try Replacement(model: broken, configuration: AgentConfiguration())
    }
    try ModelSelfTest.run(try model("good"))
    for kernels in KernelSet.available {
      let one = try TiltModel(RandomModel.int8(), file: "m", kernels: kernels)
      try ModelSelfTest.compare(one, with: try TiltModel(RandomModel.int8(), file: "m", kernels: .scalar))
    }
    // Not the same weights: not the same bits.
    #expect(throws: ModelSelfTest.Failure.self) {
      try ModelSelfTest.compare(try model("a", seed: 2), with: try model("b", seed: 3))
    }
  }

  @Test("the loop says that it is ready, alive and ending; while a frame hangs it says nothing, and /healthz fails")
  func watchdog() throws {
    let path = "@glazer-test-\(UUID().uuidString)"
    let manager = try NotifySocket(path)
    let (hang, hangs) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let agent = try ServiceTests.RunningAgent { _ in
    } prepare: { service in
      service.notifier = try? ServiceNotifier(socket: path, watchdogLimitUs: 100_000)
      // A stage that never comes back, as far as the loop can tell.
      service.log = { event in
        guard event.reason == .zero else { return }
        hangs.signal()
        hang.wait()
      }
    }
    #expect(manager.next() == "READY=1")
    let status = manager.next { $0.hasPrefix("STATUS=") }
    #expect(status?.contains("waiting for frames") == true, "\(status ?? "none")")
    #expect(manager.next { $0 == "WATCHDOG=1" } != nil)
    let board = agent.service.board
    #expect(Health.alive(board, limitS: 0.5).isGood && Health.ready(board).isGood)

    let source = try SubscribedSource.connecting(to: agent.input, in: try Context())
    try source.send(TestScan.constant(0, value: 0))
    try #require(hangs.wait(timeout: .now() + 20) == .success)
    _ = manager.drain()
    Thread.sleep(forTimeInterval: 0.7)
    #expect(manager.drain().isEmpty)
    #expect(!Health.alive(board, limitS: 0.5).isGood)

    hang.signal()
    #expect(manager.next { $0 == "WATCHDOG=1" } != nil)
    #expect(Health.alive(board, limitS: 0.5).isGood)
    #expect(agent.end())
    #expect(manager.next { $0 == "STOPPING=1" } != nil)
    #expect(!Health.ready(board).isGood)
  }
}
