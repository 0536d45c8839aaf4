// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import CAllocationCounter
import FrameIO
import GlazerCore
import Inference
import Threading

/// Times the pipeline stage by stage.
struct PipelineBench {
  /// That read cells, this one included.
  let threads: Int
  private let configuration: AgentConfiguration
  var cells = 0
  /// The search of the lattice in the first frame, decoding included, and all of that frame.
  var coldRegisterMs = 0.0
  var firstFrameMs = 0.0
  private(set) var registerMs: [Double] = []
  private(set) var inferMs: [Double] = []
  private(set) var encodeMs: [Double] = []
  private(set) var totalMs: [Double] = []
  /// Heap allocations of the second half of the frames; nil where they cannot be counted.
  private(set) var allocations: [Int]? = []

  /// 0 threads are as many as there are processors.
  init(threads: Int) {
    var configuration = AgentConfiguration()
    configuration.compute.threads = threads
    self.configuration = configuration
    self.threads = WorkerPool.workerCount(configuration.compute)
  }

  /// Runs `count` frames after one that is searched and a few that warm up.
  mutating func run(
    model: TiltModel, frames: inout BenchFrames, count: Int, progress: (Double) -> Void
  ) throws(BenchError) {
    let pipeline = Pipeline(
      model: model, configuration: configuration, identity: RunIdentity(agent: "glazer-bench"))
    var encoder = OverlayEncoder()
    let warmUp = 3
    for number in 0..<count + warmUp {
      let (outcome, inPipeline) = frames.withParts(number) { parts in
        // The frame's header is made by the benchmark.
        glazer_allocations_begin()
        let outcome = pipeline.process(parts: parts, receivedNs: WallClock.nowNs())
        return (outcome, glazer_allocations_end())
      }
      guard outcome == .overlay else { throw .rejected(frame: number, outcome: "\(outcome)") }
      // What leaves the agent, gathered but not sent.
      glazer_allocations_begin()
      let header = encoder.encode(pipeline.header, cells: pipeline.cells, accumulated: pipeline.accumulated)
      let bytes = pipeline.cells.withMessage(
        topic: .overlay, header: header, accumulated: pipeline.accumulated, regions: pipeline.header.regions
      ) { $0.reduce(0) { $0 + $1.count } }
      let inEncoder = glazer_allocations_end()
      precondition(bytes > 0, "an overlay has bytes")
      let (times, end) = (pipeline.header.times, WallClock.nowNs())
      func ms(_ from: UInt64, _ to: UInt64) -> Double { to > from ? Double(to - from) / 1e6 : 0 }
      if number == 0 { (coldRegisterMs, firstFrameMs) = (ms(times.started, times.registered), ms(times.started, end)) }
      cells = pipeline.cells.count
      guard number >= warmUp else { continue }
      registerMs.append(ms(times.started, times.registered))
      inferMs.append(ms(times.registered, times.inferred))
      encodeMs.append(ms(times.inferred, end))
      totalMs.append(ms(times.started, end))
      // The first half may still meet columns that were not in sight before.
      if number >= warmUp + count / 2 { allocations?.append(inPipeline + inEncoder) }
      if inPipeline < 0 { allocations = nil }
      progress(Double(number + 1 - warmUp) / Double(count))
    }
  }

  var latency: BenchReport.Latency {
    BenchReport.Latency(
      register: .init(registerMs), infer: .init(inferMs), encode: .init(encodeMs), total: .init(totalMs))
  }

  /// Mean over the second half of the frames.
  var allocationsPerFrame: Double? {
    allocations.map { $0.isEmpty ? 0 : Double($0.reduce(0, +)) / Double($0.count) }
  }

  var framesPerS: Double { Double(totalMs.count) * 1000 / totalMs.reduce(0, +) }
}

enum BenchError: DiagnosableError {
  case rejected(frame: Int, outcome: String)
  case agentMissing(path: String)
  case agentSilent(what: String, log: String)

  var category: ErrorCategory {
    switch self {
    case .rejected: .badData
    case .agentMissing, .agentSilent: .unavailable
    }
  }

  var description: String {
    switch self {
    case .rejected(let frame, let outcome): "frame \(frame) of the benchmark was not read: \(outcome)"
    case .agentMissing(let path): "\(path) is not there: build it, or leave the agent out with --no-agent"
    case .agentSilent(let what, let log): "glazer-agent sent no \(what); it says: \(log.isEmpty ? "nothing" : log)"
    }
  }
}
