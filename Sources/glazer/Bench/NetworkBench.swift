// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Inference

/// Times the integer network alone, in batches of a given size, by the CPU time of this process: what other programs on the
/// same core do does not count.
struct NetworkBench {
  struct Report: Encodable {
    var model: String
    var kernels: String
    var batch: Int
    /// Median over rounds, per second of CPU time.
    var cellsPerS: Double
    var gmacPerS: Double
    /// What the core does in registers alone with the same instructions; 0 for the scalar kernels.
    var limitGmacPerS: Double
    var macsPerCell: Int
    var rssMiB: Double

    enum CodingKeys: String, CodingKey {
      case model, kernels, batch
      case cellsPerS = "cells_s"
      case gmacPerS = "gmac_s"
      case limitGmacPerS = "limit_gmac_s"
      case macsPerCell = "macs_per_cell"
      case rssMiB = "rss_mib"
    }
  }

  private let network: QuantizedNetwork
  private let name: String
  private let batch: Int
  private let workspace: NetworkWorkspace
  private let patches: [Float]
  private var outputs: [Float]

  init(network: QuantizedNetwork, name: String, batch: Int) {
    (self.network, self.name, self.batch) = (network, name, batch)
    // What the fully connected layer gains by more is spent again on the second cache.
    workspace = NetworkWorkspace(network, batchCapacity: min(batch, 16))
    var random = SeededRandom(seed: 1)
    patches = (0..<batch * network.architecture.patch.count).map { _ in Float(random.gaussian()) }
    outputs = Array(repeating: 0, count: batch * NetworkArchitecture.outputCount)
  }

  /// One batch.
  mutating func evaluate() { workspace.evaluate(patches: patches, count: batch, into: &outputs) }

  /// Rounds of at least 40 ms of CPU time, for `seconds` altogether.
  mutating func run(seconds: Double) -> Report {
    func cpuSeconds(_ repeats: Int) -> Double {
      let start = CPUClock.processSeconds
      for _ in 0..<repeats { evaluate() }
      return CPUClock.processSeconds - start
    }
    let single = max(cpuSeconds(3) / 3, 1e-7)
    let repeats = max(1, Int(0.04 / single))
    var rounds: [Double] = []
    let end = CPUClock.processSeconds + seconds
    repeat { rounds.append(cpuSeconds(repeats) / Double(repeats)) } while CPUClock.processSeconds < end
    let median = rounds.sorted()[rounds.count / 2]
    let limit = Self.limit(of: network.kernels)
    return Report(
      model: name, kernels: network.kernels.description, batch: batch, cellsPerS: Double(batch) / median,
      gmacPerS: Double(batch * network.macs) / median * 1e-9, limitGmacPerS: limit, macsPerCell: network.macs,
      rssMiB: ProcessMemory.residentMiB)
  }

  /// GMAC/s in registers, the best of a few rounds of some milliseconds.
  static func limit(of kernels: KernelSet) -> Double {
    (0..<5).map { _ in
      let start = CPUClock.processSeconds
      let macs = kernels.multiplyInRegisters(rounds: 1_000_000)
      return Double(macs) / max(CPUClock.processSeconds - start, 1e-9) * 1e-9
    }.max() ?? 0
  }
}
