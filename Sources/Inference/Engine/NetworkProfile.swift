// SPDX-License-Identifier: GPL-3.0-or-later

/// Where the time of a network goes, layer by layer.
public struct NetworkProfile: Sendable {
  public struct Row: Sendable {
    /// For example "conv 24>24 k3 16x24".
    public var name: String
    public var macs: Int
    public var secondsPerPatch: Double

    public var gigaMACsPerSecond: Double { secondsPerPatch > 0 ? Double(macs) / secondsPerPatch * 1e-9 : 0 }
  }

  /// The layers in order, then "head" (tanh and the last layer).
  public var layers: [Row]
  /// The whole network, input quantization included, in batches as they come in use.
  public var total: Row

  /// Times each layer by itself for about `seconds` / (number of layers) and the whole network for `seconds`, as the
  /// fastest of several runs, on patches of noise.
  public static func measure(_ network: QuantizedNetwork, seconds: Double = 0.5) -> NetworkProfile {
    let workspace = NetworkWorkspace(network)
    let count = workspace.batchCapacity
    let patchSize = network.architecture.patch.count
    var state: UInt32 = 1
    let patches = (0..<count * patchSize).map { _ -> Float in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 8) * 0x1p-22 - 2
    }
    var outputs = [Float](repeating: 0, count: count * NetworkArchitecture.outputCount)
    let share = seconds / Double(network.steps.count + 2)
    var layers: [Row] = []
    return patches.withUnsafeBufferPointer { patches in
      outputs.withUnsafeMutableBufferPointer { outputs in
        guard let patch = patches.baseAddress, let output = outputs.baseAddress else {
          preconditionFailure("a network reads and writes something")
        }
        workspace.evaluate(patches: patch, count: count, into: output)
        for index in network.steps.indices {
          let time = fastest(seconds: share) { workspace.runStep(index, tile: .single) }
          layers.append(Row(name: network.name(ofStep: index), macs: network.shapes[index].macs, secondsPerPatch: time))
        }
        let dense = fastest(seconds: share) { workspace.runDense(count: count) } / Double(count)
        let denseShape = network.shapes[network.shapes.count - 2]
        layers.append(
          Row(
            name: "dense \(denseShape.input.count)>\(denseShape.output.count)", macs: denseShape.macs,
            secondsPerPatch: dense))
        let head = fastest(seconds: share) { workspace.runLast(count: count, into: output) } / Double(count)
        layers.append(Row(name: "head", macs: network.shapes[network.shapes.count - 1].macs, secondsPerPatch: head))
        let total = fastest(seconds: seconds) {
          workspace.evaluate(patches: patch, count: count, into: output)
        }
        return NetworkProfile(
          layers: layers, total: Row(name: "network", macs: network.macs, secondsPerPatch: total / Double(count)))
      }
    }
  }

  /// Returns a function that evaluates the network alone for the cells of one tile as `CellReader` does, from normalised pixels
  /// to outputs, and the number of cells: for networks that `isFrameWide`.
  public static func tileEvaluation(_ network: QuantizedNetwork) -> (cells: Int, evaluate: () -> Void) {
    let (tile, batch) = (CellReader.largestTile, 32)
    let workspace = NetworkWorkspace(network, batchCapacity: batch, tile: tile)
    let patch = network.architecture.patch
    let rowStride = patch.width + (tile.columns - 1) * patch.pixelsPerA
    let pixels = AlignedMemory<Float>(count: rowStride * (patch.height + (tile.rows - 1) * patch.pixelsPerB))
    var state: UInt32 = 1
    for index in pixels.buffer.indices {
      state = state &* 1_664_525 &+ 1_013_904_223
      pixels.buffer[index] = Float(state >> 8) * 0x1p-22 - 2
    }
    let outputs = AlignedMemory<Float>(count: batch * NetworkArchitecture.outputCount)
    let cells = tile.columns * tile.rows
    return (
      cells,
      {
        workspace.load(pixels.base, rowStride: rowStride, tile: tile)
        workspace.runTrunk(tile)
        for first in stride(from: 0, to: cells, by: batch) {
          let count = min(batch, cells - first)
          for slot in 0..<count {
            workspace.gather(column: (first + slot) % tile.columns, row: (first + slot) / tile.columns, slot: slot)
          }
          workspace.runHead(count: count, into: outputs.base)
        }
      }
    )
  }

  /// Seconds of one call: the fastest of rounds that are long enough for the clock.
  private static func fastest(seconds: Double, _ body: () -> Void) -> Double {
    let clock = ContinuousClock()
    func time(_ repeats: Int) -> Double {
      let elapsed = clock.measure { for _ in 0..<repeats { body() } }
      return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    }
    let rounds = 7
    let single = max(time(3) / 3, 1e-8)
    let repeats = max(1, Int(seconds / Double(rounds) / single))
    return (0..<rounds).map { _ in time(repeats) / Double(repeats) }.min() ?? 0
  }
}

extension QuantizedNetwork {
  func name(ofStep index: Int) -> String {
    let shape = shapes[index]
    let size = "\(shape.output.width)x\(shape.output.height)"
    return switch steps[index] {
    case .convolution(let layer, let stride, _):
      "conv \(shape.input.channels)>\(shape.output.channels) k\(layer.view.rows)\(stride > 1 ? " s\(stride)" : "") \(size)"
    case .averagePool2: "pool \(size)"
    }
  }
}
