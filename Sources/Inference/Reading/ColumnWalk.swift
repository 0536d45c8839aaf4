// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// The B columns whose cell lies in an image, row by row (j, then i), without allocating.
///
/// A column counts when the box of half a cell around it, i ± ½ and j ± ½, lies inside the image.
struct ColumnWalk {
  /// A cell smaller than this many square pixels shows nothing, and an image would hold too many of them.
  static let smallestCellPx2 = 9.0
  private static let largestStepPx = 1e6

  let lattice: LocalLattice
  let iRange: ClosedRange<Int>
  let jRange: ClosedRange<Int>
  private let x: ClosedRange<Double>
  private let y: ClosedRange<Double>

  /// Nil when there are none: an image smaller than a cell, or a lattice of no use.
  init?(_ local: LocalLattice, width: Int, height: Int) {
    let lattice = local.straight
    let (a, b) = (lattice.a, lattice.b)
    guard Self.isUsable(a), Self.isUsable(b), Self.isUsable(lattice.origin),
      abs(a.cross(b)) >= Self.smallestCellPx2
    else { return nil }
    let marginX = (abs(a.x) + abs(b.x)) / 2
    let marginY = (abs(a.y) + abs(b.y)) / 2
    let (right, bottom) = (Double(width - 1) - marginX, Double(height - 1) - marginY)
    guard marginX <= right, marginY <= bottom else { return nil }
    x = marginX...right
    y = marginY...bottom
    var (iLow, iHigh, jLow, jHigh) = (Double.infinity, -Double.infinity, Double.infinity, -Double.infinity)
    // A column may stand in the image though its place on the straight lattice does not.
    let reach = min(local.largestDisplacement, 1000)
    for corner in 0..<4 {
      let c = lattice.coordinates(
        of: Vector2(
          corner & 1 == 0 ? marginX - reach : right + reach, corner & 2 == 0 ? marginY - reach : bottom + reach))
      (iLow, iHigh, jLow, jHigh) = (min(iLow, c.x), max(iHigh, c.x), min(jLow, c.y), max(jHigh, c.y))
    }
    guard max(abs(iLow), abs(iHigh), abs(jLow), abs(jHigh)) < Double(Int32.max) else { return nil }
    self.lattice = local
    iRange = Int(iLow.rounded(.down))...Int(iHigh.rounded(.up))
    jRange = Int(jLow.rounded(.down))...Int(jHigh.rounded(.up))
  }

  /// Finite and not absurdly far; NaN compares false.
  private static func isUsable(_ vector: Vector2) -> Bool {
    abs(vector.x) <= largestStepPx && abs(vector.y) <= largestStepPx
  }

  /// Calls `body` with each column and its position in pixels.
  func visit(_ body: (CellIndex, Vector2) -> Void) {
    for j in jRange {
      for i in iRange {
        let position = lattice.position(Double(i), Double(j))
        if x.contains(position.x), y.contains(position.y) { body(CellIndex(i: i, j: j), position) }
      }
    }
  }
}
