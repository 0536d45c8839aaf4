// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// What `glazer bench` prints. Times in milliseconds, memory in MiB.
struct BenchReport: Encodable {
  struct Percentiles: Encodable {
    var p50, p95, p99: Double

    /// By nearest rank; `values` is not empty.
    init(_ values: [Double]) {
      let sorted = values.sorted()
      func rank(_ p: Double) -> Double { sorted[max(0, Int((p * Double(sorted.count)).rounded(.up)) - 1)] }
      (p50, p95, p99) = (rank(0.50), rank(0.95), rank(0.99))
    }
  }

  struct Frame: Encodable {
    var width, height, cells: Int
    var dtype = "uint16"
  }

  struct Latency: Encodable {
    /// Decoding, checks and the lattice.
    var register: Percentiles
    var infer: Percentiles
    /// The overlay's header and columns, without a socket.
    var encode: Percentiles
    var total: Percentiles
  }

  /// glazer-agent as a process, over real sockets.
  struct Agent: Encodable {
    /// From its start to its first status at a subscriber.
    var startUpMs: Double
    /// From the first frame sent to its overlay received; the lattice is searched in it.
    var firstOverlayMs: Double
    /// From a frame sent to its overlay received, at `sentPerS`.
    var roundTripMs: Percentiles
    var sentPerS: Double
    var overlays, skipped: Int
    var peakRssMiB: Double

    enum CodingKeys: String, CodingKey {
      case startUpMs = "start_up_ms"
      case firstOverlayMs = "first_overlay_ms"
      case roundTripMs = "round_trip_ms"
      case sentPerS = "sent_per_s"
      case overlays, skipped
      case peakRssMiB = "peak_rss_mib"
    }
  }

  var program: String
  var model: String
  var kernels: String
  var processors: Int
  /// That read cells in the pipeline.
  var threads: Int
  var frame: Frame
  var frames: Int
  /// Of the pipeline: frames and cells over its total time.
  var framesPerS, cellsPerS: Double
  /// Of the network alone on one thread, fastest of several runs.
  var gmacPerS: Double
  /// What one core can do in registers with the same instructions; 0 for the scalar kernels.
  var limitGmacPerS: Double
  var macsPerCell: Int
  /// Decoding and cold search of the lattice in the first frame, and all of that frame.
  var coldRegisterMs: Double
  var firstFrameMs: Double
  var latencyMs: Latency
  var agent: Agent?
  /// Heap allocations in pipeline and encoder per frame once the lattice is locked; absent where they cannot be counted.
  var allocationsPerFrame: Double?
  /// What was not measured, and why.
  var notMeasured: [String: String]

  enum CodingKeys: String, CodingKey {
    case program, model, kernels, processors, threads, frame, frames
    case framesPerS = "frames_per_s"
    case cellsPerS = "cells_per_s"
    case gmacPerS = "gmac_per_s"
    case limitGmacPerS = "limit_gmac_per_s"
    case macsPerCell = "macs_per_cell"
    case coldRegisterMs = "cold_register_ms"
    case firstFrameMs = "first_frame_ms"
    case latencyMs = "latency_ms"
    case agent
    case allocationsPerFrame = "allocations_per_frame"
    case notMeasured = "not_measured"
  }

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(rounded()), as: UTF8.self)
  }

  /// Times are not known to more than a few digits.
  private func rounded() throws -> BenchReport {
    func round3(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
    var report = self
    report.framesPerS = round3(framesPerS)
    report.cellsPerS = round3(cellsPerS)
    report.gmacPerS = round3(gmacPerS)
    report.limitGmacPerS = round3(limitGmacPerS)
    (report.coldRegisterMs, report.firstFrameMs) = (round3(coldRegisterMs), round3(firstFrameMs))
    return report
  }
}
