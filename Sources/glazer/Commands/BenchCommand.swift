// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import ArgumentParser
import Foundation
import GlazerCore
import Inference

struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures the speed of the pipeline and of the agent on this box; prints JSON.",
    discussion: """
      The pipeline is timed in this program, the agent (glazer-agent beside this program) from outside over real sockets, \
      both with as many threads as there are processors unless --threads says otherwise; the network by itself on one. Frames are simulated. Use a release build on a quiet machine.

      Example: glazer bench --size 1024 --cells 1000 --frames 100
      """)

  @Option(help: "Model; \(ModelLocation.defaultPath) by default.") var model: String?
  @Option(help: "Width and height of the frames, pixels.") var size = 1024
  @Option(help: "B columns in a frame, about.") var cells = 1000
  @Option(help: "Frames to measure.") var frames = 50
  @Option(help: "Frames per second that the agent is sent.") var fps = 25.0
  @Option(help: "Threads that read cells; 0 for as many as processors.") var threads = 0
  @Flag(inversion: .prefixedNo, help: "Measure glazer-agent too.") var agent = true

  func validate() throws {
    guard (64...8192).contains(size) else { throw ValidationError("--size takes 64 to 8192") }
    guard (2...1_000_000).contains(frames) else { throw ValidationError("--frames takes 2 to 1000000") }
    guard (0.1...10_000).contains(fps) else { throw ValidationError("--fps takes 0.1 to 10000") }
    guard (0...AgentConfiguration.Compute.mostThreads).contains(threads) else {
      throw ValidationError("--threads takes 0 to \(AgentConfiguration.Compute.mostThreads)")
    }
    // Registration takes cells of 7 to 48 pixels.
    let range = Self.cells(inFrameOf: size)
    guard range.contains(cells) else {
      throw ValidationError("--cells takes \(range.lowerBound) to \(range.upperBound) for \(size) pixels")
    }
  }

  /// Cells of 60 to 1600 square pixels.
  static func cells(inFrameOf side: Int) -> ClosedRange<Int> { side * side / 1600...side * side / 60 }

  func run() async throws {
    try await reportingErrors {
      let path = try ModelLocation.resolve(model)
      let tilts = try TiltModel(contentsOf: path)
      var material = BenchFrames(side: size, cells: cells)
      let bar = ProgressBar("measuring the pipeline")
      var bench = PipelineBench(threads: threads)
      try bench.run(model: tilts, frames: &material, count: frames) { bar.update($0) }
      bar.finish()
      let profile = NetworkProfile.measure(tilts.network)
      var report = BenchReport(
        program: "glazer \(Glazer.version)", model: tilts.name, kernels: KernelSet.best.description,
        processors: ProcessInfo.processInfo.activeProcessorCount, threads: bench.threads,
        frame: .init(width: size, height: size, cells: bench.cells), frames: frames, framesPerS: bench.framesPerS,
        cellsPerS: bench.framesPerS * Double(bench.cells), gmacPerS: profile.total.gigaMACsPerSecond,
        limitGmacPerS: NetworkBench.limit(of: tilts.network.kernels), macsPerCell: tilts.architecture.macsPerFrameCell,
        coldRegisterMs: bench.coldRegisterMs, firstFrameMs: bench.firstFrameMs, latencyMs: bench.latency, agent: nil,
        allocationsPerFrame: bench.allocationsPerFrame, notMeasured: [:])
      if report.allocationsPerFrame == nil {
        report.notMeasured["allocations_per_frame"] = "not glibc, or built with a sanitizer"
      }
      if agent {
        report.agent = try AgentBench(modelPath: path, threads: threads).run(frames: &material, count: frames, fps: fps)
      } else {
        report.notMeasured["agent"] = "left out with --no-agent"
      }
      print(try report.json())
    }
  }
}
