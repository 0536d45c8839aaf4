// SPDX-License-Identifier: GPL-3.0-or-later
import Inference

/// Runs a float network in evaluation mode on any number of patches.
public final class FloatPredictor {
  private static let shard = 32
  private let network: ShardNetwork

  public init(_ state: NetworkState) {
    network = ShardNetwork(state.architecture, layout: state.layout, capacity: Self.shard)
  }

  /// Raw outputs of `count` patches that stand one after the other; appended to `outputs`, six a patch.
  public func predict(_ state: NetworkState, _ pixels: UnsafePointer<Float>, count: Int, into outputs: inout [Float]) {
    let size = state.architecture.patch.count
    for start in stride(from: 0, to: count, by: Self.shard) {
      let samples = min(Self.shard, count - start)
      for n in 0..<samples { network.setImage(n, pixels + (start + n) * size) }
      network.forward(state, samples: samples, training: false)
      outputs.append(
        contentsOf: UnsafeBufferPointer(start: network.outputs, count: samples * NetworkArchitecture.outputCount))
    }
  }
}
