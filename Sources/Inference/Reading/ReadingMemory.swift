// SPDX-License-Identifier: GPL-3.0-or-later

/// What reading with a network takes, told from its architecture before anything is allocated: a file of some kilobytes may
/// describe a network of gigabytes.
enum ReadingMemory {
  /// Fifty times what the shipped models take.
  static let limit = 256 << 20

  /// Bytes of one thread: the activations of a tile, and the resampled and normalised pixels of a block.
  static func bytes(
    _ architecture: NetworkArchitecture, _ shapes: [NetworkArchitecture.LayerShape], tile: CellTile, block: CellTile
  ) -> Int {
    let patch = architecture.patch
    var stride = 1
    var bytes = 0
    for (layer, shape) in zip(architecture.layers, shapes) {
      let width = shape.input.width + (tile.columns - 1) * patch.pixelsPerA / stride
      let height = shape.input.height + (tile.rows - 1) * patch.pixelsPerB / stride
      switch layer {
      case .convolution(_, _, _, let step, let padding):
        bytes += (width + 2 * padding) * (height + 2 * padding) * shape.input.channels
        stride *= step
      case .averagePool2:
        bytes += width * height * shape.input.channels
        stride *= 2
      case .fullyConnected: bytes += shape.input.count
      }
    }
    let pixels = block.columns * block.rows * patch.pixelsPerA * patch.pixelsPerB
    return bytes + 2 * pixels * MemoryLayout<Float>.size
  }
}
