// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Inference

/// The model, and the frames per second that this box makes with it.
enum ModelChecks {
  /// Loads the model for every kernel set of this processor, and holds their outputs together bit by bit.
  static func selfTest(_ path: String) -> (TiltModel?, Finding) {
    do {
      let model = try TiltModel(contentsOf: path)
      try ModelSelfTest.run(model)
      let scalar = try TiltModel(contentsOf: path, kernels: .scalar)
      for kernels in KernelSet.available {
        try ModelSelfTest.compare(try TiltModel(contentsOf: path, kernels: kernels), with: scalar)
      }
      let sets = KernelSet.available.map(\.description).joined(separator: ", ")
      return (
        model, .ok("model", "\(model.name) \(model.sha256.prefix(12)): finite, and the same bits from \(sets)")
      )
    } catch {
      return (nil, .fail("model", "\(error)", "install the model again; the agent does not start with this one"))
    }
  }

  /// A short run of what `glazer bench` measures at length.
  static func frameRate(_ model: TiltModel, size: Int, cells: Int, frames: Int, wantedFps: Double) -> Finding {
    var material = BenchFrames(side: size, cells: cells)
    var bench = PipelineBench(threads: 0)
    do throws(BenchError) {
      try bench.run(model: model, frames: &material, count: frames) { _ in }
    } catch {
      return .fail("frame rate", error.description, "tell the makers of glazer")
    }
    let latency = bench.latency
    let facts = String(
      format:
        "%.1f frames/s of %d x %d with %d cells by %d threads (registration %.1f, cells %.1f ms; first frame %.0f ms)",
      bench.framesPerS, size, size, bench.cells, bench.threads, latency.register.p50, latency.infer.p50,
      bench.firstFrameMs)
    guard bench.framesPerS < wantedFps else { return .ok("frame rate", facts) }
    return .warn(
      "frame rate", facts,
      "below the \(String(format: "%g", wantedFps)) wanted (--fps): the newest frames are read and the others counted as "
        + "skipped; scan slower, bin, or take a faster core")
  }
}
