// SPDX-License-Identifier: GPL-3.0-or-later
import CGlazerKernels

/// The memory in which one thread evaluates a `QuantizedNetwork`. Everything is allocated at the start; evaluating
/// allocates nothing. Not to be shared between threads.
///
/// The trunk runs over a tile of cells at once (`runTrunk`), then each cell's window of the trunk's output is gathered and
/// the fully connected layers run on a batch of them. A single patch is the tile of one cell: the same code, and bit for bit
/// the same result, since nothing in a network without padding depends on what lies outside a cell's patch.
public final class NetworkWorkspace {
  public let network: QuantizedNetwork
  /// Cells whose fully connected layers are evaluated together: weights are then read once for all of them.
  public let batchCapacity: Int
  /// The largest tile that there is room for.
  let tileCapacity: CellTile

  /// One more than steps: the quantized input first, the trunk's output last.
  private let activations: [TrunkActivation]
  /// Windows of the trunk's output, one row of `windowStride` bytes a cell.
  private let windows: AlignedMemory<UInt8>
  private let windowStride: Int
  private let sums: AlignedMemory<Int32>
  private let sumsStride: Int

  public convenience init(_ network: QuantizedNetwork, batchCapacity: Int = 16) {
    self.init(network, batchCapacity: batchCapacity, tile: .single)
  }

  init(_ network: QuantizedNetwork, batchCapacity: Int, tile: CellTile) {
    precondition(batchCapacity > 0 && tile.columns > 0 && tile.rows > 0)
    precondition(tile == .single || network.architecture.isFrameWide, "a padded network reads patches one by one")
    let slack = Int(GLAZER_SLACK)
    self.network = network
    self.batchCapacity = batchCapacity
    tileCapacity = tile
    let patch = network.architecture.patch
    var stride = 1
    activations = (0...network.steps.count).map { index in
      if index > 0 {
        switch network.steps[index - 1] {
        case .convolution(_, let step, _): stride *= step
        case .averagePool2: stride *= 2
        }
      }
      let isLast = index == network.steps.count
      return TrunkActivation(
        shape: isLast ? network.shapes[index - 1].output : network.shapes[index].input,
        stepX: patch.pixelsPerA / stride, stepY: patch.pixelsPerB / stride,
        border: isLast ? 0 : network.steps[index].padding, fill: index == 0 ? IntegerArithmetic.inputZeroPoint : 0,
        tile: tile, slack: slack)
    }
    windowStride = activations[activations.count - 1].shape.count.roundedUp(toMultipleOf: slack)
    windows = AlignedMemory(count: batchCapacity * windowStride + slack)
    sumsStride = network.dense.outputs.roundedUp(toMultipleOf: 16)
    sums = AlignedMemory(count: batchCapacity * sumsStride)
  }

  /// Evaluates `count` patches that lie one after the other, each normalised and row-major, and writes
  /// `NetworkArchitecture.outputCount` values for each to `outputs`. Bit for bit the same for every kernel set and any
  /// division into batches.
  public func evaluate(
    patches: UnsafePointer<Float>, count: Int, into outputs: UnsafeMutablePointer<Float>
  ) {
    forEachBatch(of: patches, count: count) { first, batch in
      runHead(count: batch, into: outputs + first * NetworkArchitecture.outputCount)
    }
  }

  /// What the last layer takes the hyperbolic tangent of, `[patch][network.hiddenCount]`: for whoever fits that layer.
  public func evaluateHidden(
    patches: UnsafePointer<Float>, count: Int, into hidden: UnsafeMutablePointer<Float>
  ) {
    let size = network.hiddenCount
    forEachBatch(of: patches, count: count) { first, batch in
      runDense(count: batch)
      for slot in 0..<batch {
        for n in 0..<size {
          hidden[(first + slot) * size + n] = Float(sums.base[slot * sumsStride + n]) * network.denseScale[n]
        }
      }
    }
  }

  /// Takes patches through the trunk, as many at a time as the fully connected layers read together.
  private func forEachBatch(of patches: UnsafePointer<Float>, count: Int, _ body: (_ first: Int, _ batch: Int) -> Void)
  {
    let patch = network.architecture.patch
    var first = 0
    while first < count {
      let batch = min(batchCapacity, count - first)
      for slot in 0..<batch {
        load(patches + (first + slot) * patch.count, rowStride: patch.width, tile: .single)
        runTrunk(.single)
        gather(column: 0, row: 0, slot: slot)
      }
      body(first, batch)
      first += batch
    }
  }

  /// Takes the normalised pixels of a tile; the first is the top left one of the first cell's patch.
  func load(_ pixels: UnsafePointer<Float>, rowStride: Int, tile: CellTile) {
    let input = activations[0]
    let width = input.width(tile)
    for y in 0..<input.height(tile) {
      glazer_quantize_row(
        pixels + y * rowStride, Int32(width), network.inputScale, input.interior + y * input.rowBytes)
    }
  }

  func runTrunk(_ tile: CellTile) {
    precondition(tile.columns <= tileCapacity.columns && tile.rows <= tileCapacity.rows, "a tile beyond the capacity")
    for step in network.steps.indices { runStep(step, tile: tile) }
  }

  /// Copies the trunk's output for cell (`column`, `row`) of the tile to the fully connected layer's input `slot`.
  func gather(column: Int, row: Int, slot: Int) {
    let trunk = activations[activations.count - 1]
    let runBytes = trunk.shape.width * trunk.shape.channels
    var source = trunk.interior + row * trunk.stepY * trunk.rowBytes + column * trunk.stepX * trunk.shape.channels
    var target = windows.base + slot * windowStride
    for _ in 0..<trunk.shape.height {
      target.update(from: source, count: runBytes)
      source += trunk.rowBytes
      target += runBytes
    }
  }

  /// The fully connected layers for the first `count` slots.
  func runHead(count: Int, into outputs: UnsafeMutablePointer<Float>) {
    runDense(count: count)
    runLast(count: count, into: outputs)
  }

  // MARK: Stages, also timed one by one by `NetworkProfile`

  /// Layer `index` of the trunk.
  func runStep(_ index: Int, tile: CellTile) {
    let (source, target) = (activations[index], activations[index + 1])
    let (width, height) = (Int32(target.width(tile)), Int32(target.height(tile)))
    switch network.steps[index] {
    case .convolution(let layer, let stride, _):
      var call = glazer_convolution(
        input: source.corner, input_row_bytes: source.rowBytes, input_step_bytes: stride * source.shape.channels,
        stride: stride, output: target.interior, output_row_bytes: target.rowBytes, output_width: width,
        output_height: height)
      var view = layer.view
      network.kernels.table.pointee.convolve(&call, &view)
    case .averagePool2:
      glazer_average_pool2(
        source.interior, source.rowBytes, target.interior, target.rowBytes, width, height,
        Int32(target.shape.channels))
    }
  }

  func runDense(count: Int) {
    var call = glazer_dense_product(
      input: windows.base, input_stride: windowStride, count: Int32(count), sums: sums.base, sums_stride: sumsStride)
    var view = network.dense.view
    network.kernels.table.pointee.multiply(&call, &view)
  }

  func runLast(count: Int, into outputs: UnsafeMutablePointer<Float>) {
    for slot in 0..<count {
      network.kernels.table.pointee.head(
        sums.base + slot * sumsStride, network.denseScale, Int32(network.dense.outputs), network.headWeights,
        network.headBias, Int32(NetworkArchitecture.outputCount),
        outputs + slot * NetworkArchitecture.outputCount)
    }
  }
}
