// SPDX-License-Identifier: GPL-3.0-or-later
import CGlazerKernels

/// The normalised pixels of a block of cells. The memory stays; it grows when a larger block comes than ever before.
public final class LocalNormalisation {
  /// Rows of 8 × 8 blocks that are normalised at a time: what a strip sums up beyond its ends, the next does again.
  private static let stripRows = 8

  let geometry: NormalisationGeometry
  /// Blocks of the pixels at hand, without the windows' reach.
  private var size: (x: Int, y: Int) = (0, 0)
  private var states = AlignedMemory<UInt8>(count: 1)
  private var output = AlignedMemory<Float>(count: 1)
  /// For the region of one patch.
  private lazy var scratch = AlignedMemory<glazer_block>(count: scratchCount)

  public init(_ geometry: NormalisationGeometry) { self.geometry = geometry }

  /// Makes room for the normalised pixels of `tile`.
  func prepare(_ tile: CellTile) {
    size = geometry.blocks(tile)
    let blocks = size.x * size.y
    if states.buffer.count < blocks {
      states = AlignedMemory(count: blocks)
      output = AlignedMemory(count: blocks * NormalisationGeometry.block * NormalisationGeometry.block)
    }
  }

  /// From one row of normalised pixels to the next.
  var rowStride: Int { size.x * NormalisationGeometry.block }
  var stripCount: Int { (size.y + Self.stripRows - 1) / Self.stripRows }
  /// Sums that `normalise` needs room for.
  var scratchCount: Int { (size.x + 2 * geometry.reachX) * (Self.stripRows + 2 * geometry.reachY) }

  /// Normalises one strip; `pixels` is the first one of the whole region, windows' reach included. NaN is missing. Strips do not
  /// touch one another's memory; `scratch` is the caller's own.
  func normalise(
    _ pixels: UnsafePointer<Float>, rowStride inputStride: Int, strip: Int, scratch: UnsafeMutablePointer<glazer_block>
  ) {
    let block = NormalisationGeometry.block
    let first = strip * Self.stripRows
    let rows = min(Self.stripRows, size.y - first)
    var call = glazer_local_normalisation(
      pixels: pixels + first * block * inputStride, row: inputStride, blocks_x: Int32(size.x + 2 * geometry.reachX),
      blocks_y: Int32(rows + 2 * geometry.reachY), reach_x: Int32(geometry.reachX), reach_y: Int32(geometry.reachY),
      blocks: scratch, output: output.base + first * block * rowStride, output_row: rowStride,
      states: states.base + first * size.x, state_row: size.x)
    glazer_local_normalize(&call)
  }

  /// The normalised pixel at (`x`, `y`) from the first B column.
  func pointer(_ x: Int, _ y: Int) -> UnsafeMutablePointer<Float> {
    let (before, block) = (geometry.blocksBefore, NormalisationGeometry.block)
    return output.base + (y + before.y * block) * rowStride + x + before.x * block
  }

  /// What the 2 × 2 cells about a B column (pixels from the first one) hold: whether none of their pixels is missing, and
  /// whether there is anything to see in them.
  func surroundings(_ x: Int, _ y: Int) -> (isWhole: Bool, isVisible: Bool) {
    let (before, block) = (geometry.blocksBefore, NormalisationGeometry.block)
    let (firstX, firstY) = (x / block + before.x - geometry.reachX, y / block + before.y - geometry.reachY)
    var (all, any) = (UInt8.max, UInt8(0))
    for row in firstY..<firstY + 2 * geometry.reachY {
      for column in firstX..<firstX + 2 * geometry.reachX {
        let state = states.buffer[row * size.x + column]
        all &= state
        any |= state
      }
    }
    return (all & UInt8(GLAZER_BLOCK_WHOLE) != 0, any & UInt8(GLAZER_BLOCK_VISIBLE) != 0)
  }

  /// Normalises the region of one patch (`NormalisationGeometry.region`, row-major) and writes the patch to `patch`
  /// (`PatchGeometry.count` values).
  public func patch(ofRegion region: UnsafePointer<Float>, into patch: UnsafeMutablePointer<Float>) {
    prepare(.single)
    for strip in 0..<stripCount {
      normalise(region, rowStride: geometry.region.width, strip: strip, scratch: scratch.base)
    }
    let width = geometry.patch.width
    for y in 0..<geometry.patch.height {
      (patch + y * width).update(from: pointer(-geometry.halfWidth, y - geometry.halfHeight), count: width)
    }
  }
}
