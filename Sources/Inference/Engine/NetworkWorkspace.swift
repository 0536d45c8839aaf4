// SPDX-License-Identifier: GPL-3.0-or-later
import CGlazerKernels

/// The memory in which one thread evaluates a `QuantizedNetwork`. Everything is allocated at the start; evaluating
/// allocates nothing. Not to be shared between threads.
public final class NetworkWorkspace {
  public let network: QuantizedNetwork
  /// Patches evaluated together: the fully connected layer then reads its weights once for all of them.
  public let batchCapacity: Int

  private let activations: [AlignedMemory<UInt8>]
  /// The trunk's outputs, one row of `trunkStride` bytes a patch.
  private let trunk: AlignedMemory<UInt8>
  private let trunkStride: Int
  private let sums: AlignedMemory<Int32>
  private let sumsStride: Int

  public init(_ network: QuantizedNetwork, batchCapacity: Int = 16) {
    precondition(batchCapacity > 0)
    let slack = Int(GLAZER_SLACK)
    self.network = network
    self.batchCapacity = batchCapacity
    activations = network.buffers.dropLast().map { buffer in
      let memory = AlignedMemory<UInt8>(count: buffer.byteCount + slack)
      memory.buffer.update(repeating: buffer.fill)
      return memory
    }
    let trunkBytes = network.buffers[network.buffers.count - 1].byteCount
    trunkStride = trunkBytes.roundedUp(toMultipleOf: slack)
    trunk = AlignedMemory(count: batchCapacity * trunkStride + slack)
    sumsStride = network.dense.outputs.roundedUp(toMultipleOf: 16)
    sums = AlignedMemory(count: batchCapacity * sumsStride)
  }

  /// Evaluates `count` patches that lie one after the other, each normalised and row-major, and writes
  /// `NetworkArchitecture.outputCount` values for each to `outputs`. Bit for bit the same for every kernel set and any
  /// division into batches.
  public func evaluate(
    patches: UnsafePointer<Float>, count: Int, into outputs: UnsafeMutablePointer<Float>
  ) {
    let patchSize = network.architecture.patch.count
    var first = 0
    while first < count {
      let batch = min(batchCapacity, count - first)
      for slot in 0..<batch {
        loadPatch(patches + (first + slot) * patchSize)
        for step in 0..<network.steps.count { runStep(step, slot: slot) }
      }
      runDense(count: batch)
      runHead(count: batch, into: outputs + first * NetworkArchitecture.outputCount)
      first += batch
    }
  }

  // MARK: Stages, also timed one by one by `NetworkProfile`

  func loadPatch(_ patch: UnsafePointer<Float>) {
    let buffer = network.buffers[0]
    for y in 0..<buffer.shape.height {
      glazer_quantize_row(
        patch + y * buffer.shape.width, Int32(buffer.shape.width), network.inputScale,
        activations[0].base + buffer.start + y * buffer.rowBytes)
    }
  }

  /// Runs layer `index` of the trunk; the last one writes row `slot` of the fully connected layer's input.
  func runStep(_ index: Int, slot: Int) {
    let source = network.buffers[index]
    let target = network.buffers[index + 1]
    let isLast = index == network.steps.count - 1
    let output = isLast ? trunk.base + slot * trunkStride : activations[index + 1].base + target.start
    switch network.steps[index] {
    case .convolution(let layer, _, let stride):
      var call = glazer_convolution(
        input: activations[index].base, input_row_bytes: source.rowBytes,
        input_step_bytes: stride * source.shape.channels, stride: stride, output: output,
        output_row_bytes: target.rowBytes, output_width: Int32(target.shape.width),
        output_height: Int32(target.shape.height))
      var view = layer.view
      network.kernels.table.pointee.convolve(&call, &view)
    case .averagePool2:
      glazer_average_pool2(
        activations[index].base + source.start, source.rowBytes, output, target.rowBytes, Int32(target.shape.width),
        Int32(target.shape.height), Int32(target.shape.channels))
    }
  }

  func runDense(count: Int) {
    var call = glazer_dense_product(
      input: trunk.base, input_stride: trunkStride, count: Int32(count), sums: sums.base, sums_stride: sumsStride)
    var view = network.dense.view
    network.kernels.table.pointee.multiply(&call, &view)
  }

  func runHead(count: Int, into outputs: UnsafeMutablePointer<Float>) {
    for slot in 0..<count {
      glazer_head(
        sums.base + slot * sumsStride, network.denseScale, Int32(network.dense.outputs), network.headWeights,
        network.headBias, Int32(NetworkArchitecture.outputCount),
        outputs + slot * NetworkArchitecture.outputCount)
    }
  }
}
