// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// An image as `Inference` takes it.
struct ScenePixels {
  /// Row-major, `width` × `height`.
  var pixels: UnsafeBufferPointer<Float>
  var width: Int
  var height: Int
  var saturationLevel: Float?
}

/// An image resampled along its lattice: what a block of cells and the windows of its normalisation need.
///
/// The resampled frame has `pixelsPerA` × `pixelsPerB` pixels a cell, with B columns on whole pixels. It is sampled piece by piece,
/// a cell's worth at a time along the axes as they are there, so that each pixel is the same whatever block it is sampled for.
/// The memory stays; it grows when a larger block comes than ever before.
final class ResampledFrame {
  struct Faults: OptionSet {
    let rawValue: UInt8
    static let outside = Faults(rawValue: 1)
    static let bad = Faults(rawValue: 2)
  }

  private let geometry: NormalisationGeometry
  private let piece: PatchGeometry
  private var pixels = AlignedMemory<Float>(count: 1)
  private var first = CellIndex(i: 0, j: 0)
  /// Pieces of the block at hand.
  private var size: (columns: Int, rows: Int) = (0, 0)
  /// Pieces before the first cell's own, and those beyond the last cell's.
  private let before: (i: Int, j: Int)
  private let beyond: (i: Int, j: Int)

  init(_ geometry: NormalisationGeometry) {
    let block = NormalisationGeometry.block
    let patch = geometry.patch
    self.geometry = geometry
    piece = PatchGeometry(
      width: patch.pixelsPerA, height: patch.pixelsPerB, pixelsPerA: patch.pixelsPerA, pixelsPerB: patch.pixelsPerB)
    // A piece begins one block before its column; the region of a tile so many pixels before and after.
    let region = geometry.region
    func pieces(_ pixels: Int, _ size: Int) -> Int { max(0, pixels).roundedUp(toMultipleOf: size) / size }
    before = (pieces(region.columnX - block, piece.width), pieces(region.columnY - block, piece.height))
    beyond = (
      pieces(region.width - region.columnX + block - piece.width, piece.width),
      pieces(region.height - region.columnY + block - piece.height, piece.height)
    )
  }

  /// Makes room for what the cells of `tile` from `first` on need.
  func prepare(first: CellIndex, tile: CellTile) {
    self.first = first
    size = (before.i + tile.columns + beyond.i, before.j + tile.rows + beyond.j)
    let count = size.columns * size.rows * piece.count
    if pixels.buffer.count < count { pixels = AlignedMemory(count: count) }
  }

  var rowStride: Int { size.columns * piece.width }
  /// Rows of pieces.
  var rowCount: Int { size.rows }

  /// Samples one row of pieces. Rows do not touch one another's memory.
  func sample(_ scene: ScenePixels, lattice: LocalLattice, sampler: PatchSampler, row: Int) {
    let block = NormalisationGeometry.block
    // From the B column to the middle of its piece, in cells.
    let middleI = (Double(piece.width - 1) / 2 - Double(block)) / Double(piece.width)
    let middleJ = (Double(piece.height - 1) / 2 - Double(block)) / Double(piece.height)
    for column in 0..<size.columns {
      let i = Double(first.i + column - before.i) + middleI
      let j = Double(first.j + row - before.j) + middleJ
      sampler.sample(
        scene.pixels, width: scene.width, height: scene.height, saturationLevel: scene.saturationLevel,
        about: lattice.about(i, j), into: pixels.base + row * piece.height * rowStride + column * piece.width,
        rowStride: rowStride)
    }
  }

  /// Where the region that normalising these cells takes begins.
  var region: UnsafePointer<Float> {
    let block = NormalisationGeometry.block
    let region = geometry.region
    let x = before.i * piece.width + block - region.columnX
    let y = before.j * piece.height + block - region.columnY
    return UnsafePointer(pixels.base + y * rowStride + x)
  }

  /// What is missing among the 2 × 2 cells about a B column (of the cell counted from the first one), and why. For the few cells that
  /// miss anything: it looks at their pixels.
  func faults(column: Int, row: Int) -> Faults {
    let centre = (
      x: (before.i + column) * piece.width + NormalisationGeometry.block,
      y: (before.j + row) * piece.height + NormalisationGeometry.block
    )
    var kinds = Faults()
    for y in centre.y - piece.height..<centre.y + piece.height {
      for x in centre.x - piece.width..<centre.x + piece.width {
        let value = pixels.base[y * rowStride + x]
        if value.isNaN { kinds.insert(value.sign == .minus ? .outside : .bad) }
      }
    }
    return kinds
  }

  /// The sampler of the pieces.
  func sampler(_ lattice: Lattice, kernels: KernelSet) -> PatchSampler {
    PatchSampler(geometry: piece, lattice: lattice, kernels: kernels)
  }
}
