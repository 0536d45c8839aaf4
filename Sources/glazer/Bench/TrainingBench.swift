// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Training

/// Times `StillTraining` by the CPU time of this process.
struct TrainingBench {
  struct Report: Encodable {
    var model: String
    var batch: Int
    var shard: Int
    /// Median over rounds, per second of CPU time.
    var samplesPerS: Double
    var forwardMacsPerSample: Int
    var rssMiB: Double

    enum CodingKeys: String, CodingKey {
      case model, batch, shard
      case samplesPerS = "samples_s"
      case forwardMacsPerSample = "forward_macs_per_sample"
      case rssMiB = "rss_mib"
    }
  }

  let trained: TrainedWeights

  /// Rounds of a few steps, for `seconds` of CPU time altogether, after one that does not count.
  func run(seconds: Double) -> Report {
    let training = StillTraining(trained.state, configuration: trained.training)
    training.advance()
    var rounds: [Double] = []
    let end = CPUClock.processSeconds + seconds
    repeat {
      let start = CPUClock.processSeconds
      for _ in 0..<3 { training.advance() }
      rounds.append((CPUClock.processSeconds - start) / 3)
    } while CPUClock.processSeconds < end
    let c = trained.training
    let macs = (try? trained.file.architecture.layerShapes().reduce(0) { $0 + $1.macs }) ?? 0
    return Report(
      model: trained.file.name, batch: c.batch, shard: c.shard,
      samplesPerS: Double(c.batch) / rounds.sorted()[rounds.count / 2], forwardMacsPerSample: macs,
      rssMiB: ProcessMemory.residentMiB)
  }
}
