// SPDX-License-Identifier: GPL-3.0-or-later
import CGlazerKernels

/// Where local normalisation stands on the resampled frame of a lattice, pixels from a tile's first B column.
///
/// The frame is cut into blocks of 8 × 8 pixels, one of which begins at each B column. A pixel is normalised by the mean and
/// deviation of the 2 × 2 cells about its block: whole periods of every superlattice of octahedral tilts, so that they
/// are the same everywhere in a crystal of one tilt.
public struct NormalisationGeometry: Sendable, Hashable {
  public static let block = Int(GLAZER_BLOCK)

  public let patch: PatchGeometry

  /// Nil unless cells are whole numbers of blocks, B columns stand on whole pixels and patches show 2 × 2 cells.
  public init?(_ patch: PatchGeometry) {
    guard patch.pixelsPerA.isMultiple(of: Self.block), patch.pixelsPerB.isMultiple(of: Self.block),
      !patch.width.isMultiple(of: 2), !patch.height.isMultiple(of: 2), patch.width / 2 >= patch.pixelsPerA,
      patch.height / 2 >= patch.pixelsPerB
    else { return nil }
    self.patch = patch
  }

  /// Blocks from the middle of a window to either end.
  var reachX: Int { patch.pixelsPerA / Self.block }
  var reachY: Int { patch.pixelsPerB / Self.block }
  /// Pixels from the B column to the edge of its patch.
  var halfWidth: Int { patch.width / 2 }
  var halfHeight: Int { patch.height / 2 }
  /// Blocks from the first B column to where the normalised blocks of its patch begin, and those that follow it.
  var blocksBefore: (x: Int, y: Int) {
    (
      halfWidth.roundedUp(toMultipleOf: Self.block) / Self.block,
      halfHeight.roundedUp(toMultipleOf: Self.block) / Self.block
    )
  }
  var blocksAfter: (x: Int, y: Int) { (halfWidth / Self.block + 1, halfHeight / Self.block + 1) }

  /// Size in blocks of what is normalised for a tile, without the windows' reach.
  func blocks(_ tile: CellTile) -> (x: Int, y: Int) {
    (
      blocksBefore.x + blocksAfter.x + (tile.columns - 1) * reachX,
      blocksBefore.y + blocksAfter.y + (tile.rows - 1) * reachY
    )
  }

  /// Size in pixels of what has to be known of an image to normalise one patch, and where in it the B column stands.
  public var region: (width: Int, height: Int, columnX: Int, columnY: Int) {
    let blocks = blocks(.single)
    return (
      (blocks.x + 2 * reachX) * Self.block, (blocks.y + 2 * reachY) * Self.block,
      (blocksBefore.x + reachX) * Self.block,
      (blocksBefore.y + reachY) * Self.block
    )
  }
}
