// SPDX-License-Identifier: GPL-3.0-or-later

/// A block of neighbouring cells of a lattice that go through the trunk together: `columns` along `Lattice.a`, `rows` along
/// `Lattice.b`.
struct CellTile: Sendable, Hashable {
  var columns: Int
  var rows: Int

  static let single = CellTile(columns: 1, rows: 1)
}

/// An activation of the trunk in memory, [row][column][channel] bytes, with a border as wide as the next convolution's
/// padding, so that no kernel asks where the edge is. Borders are filled once.
struct TrunkActivation {
  /// For one cell.
  let shape: ActivationShape
  /// Pixels that one more cell adds along x and y.
  let stepX: Int
  let stepY: Int
  let border: Int
  let rowBytes: Int
  let memory: AlignedMemory<UInt8>

  /// Room for `tile`; `fill` lies outside.
  init(shape: ActivationShape, stepX: Int, stepY: Int, border: Int, fill: UInt8, tile: CellTile, slack: Int) {
    (self.shape, self.stepX, self.stepY, self.border) = (shape, stepX, stepY, border)
    let width = shape.width + (tile.columns - 1) * stepX
    let height = shape.height + (tile.rows - 1) * stepY
    rowBytes = (width + 2 * border) * shape.channels
    memory = AlignedMemory(count: (height + 2 * border) * rowBytes + slack)
    memory.buffer.update(repeating: fill)
  }

  func width(_ tile: CellTile) -> Int { shape.width + (tile.columns - 1) * stepX }
  func height(_ tile: CellTile) -> Int { shape.height + (tile.rows - 1) * stepY }

  /// The first byte, border included.
  var corner: UnsafeMutablePointer<UInt8> { memory.base }
  /// The first byte inside the border.
  var interior: UnsafeMutablePointer<UInt8> { memory.base + border * rowBytes + border * shape.channels }
}
