// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Foundation
import Inference

struct BenchNetworkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-network",
    abstract: "Measures the integer network patch by patch, or over whole frames; prints lines of JSON.",
    discussion: """
      Rates are per second of CPU time, so that they can be compared with those of other runtimes on a shared machine; \
      tools/compare/peers.py does that. A first line, {"first_result":true}, tells when the first batch was done. There is a \
      line for each size of batch; with --frame, one for a frame of 1024 x 1024 pixels and about a thousand cells that a \
      single thread reads as the agent does, resampling included.

      Example: glazer bench-network firmware-config/models/default.safetensors --batch 1,16,64
      """)

  @Argument(help: "Model; \(ModelLocation.defaultPath) by default.") var model: String?
  @Option(help: "Patches in a batch, comma-separated.") var batch = "1,16,64"
  @Flag(help: "Whole frames instead of batches of patches.") var frame = false
  @Option(help: "CPU seconds to measure for each size of batch.") var seconds = 1.0
  @Option(help: "Kernel set: \(KernelSet.available.map(\.description).joined(separator: ", ")).") var kernels: String?

  private var batches: [Int] { batch.split(separator: ",").map { Int($0) ?? 0 } }

  func validate() throws {
    guard !batches.isEmpty, batches.allSatisfy((1...4096).contains) else {
      throw ValidationError("--batch takes numbers of 1 to 4096, for example 1,16,64; found '\(batch)'")
    }
    guard (0.01...3600).contains(seconds) else { throw ValidationError("--seconds takes 0.01 to 3600") }
    guard kernels.map({ KernelSet.named($0) != nil }) ?? true else {
      throw ValidationError(
        "--kernels takes one that this processor runs: \(KernelSet.available.map(\.description).joined(separator: ", "))"
      )
    }
  }

  func run() async throws {
    try await reportingErrors {
      let path = try ModelLocation.resolve(model)
      let file = try ModelFile.read(path, expecting: .int8)
      let kernelSet = kernels.flatMap(KernelSet.named) ?? .best
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      guard !frame else {
        var bench = FrameBench(model: try TiltModel(file, file: path, kernels: kernelSet))
        bench.evaluate()
        print(#"{"first_result":true}"#)
        fflush(nil)
        return print(String(decoding: try encoder.encode(bench.run(seconds: seconds)), as: UTF8.self))
      }
      let network = try QuantizedNetwork(file, file: path, kernels: kernelSet)
      for (index, size) in batches.enumerated() {
        var bench = NetworkBench(network: network, name: file.name, batch: size)
        bench.evaluate()
        if index == 0 {
          print(#"{"first_result":true}"#)
          fflush(nil)
        }
        print(String(decoding: try encoder.encode(bench.run(seconds: seconds)), as: UTF8.self))
        fflush(nil)
      }
    }
  }
}
