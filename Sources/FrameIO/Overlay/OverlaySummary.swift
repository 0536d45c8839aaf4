// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// A few numbers for one line about an overlay.
public struct OverlaySummary: Sendable, Equatable {
  public var cells: Int
  /// Cells with any flag.
  public var flagged: Int
  /// Mean of |q| over cells that have one, degrees; nil when none has.
  public var meanAbsQ: Double?
  /// Median of ρ over cells that have one (where it is below the detection limit: the limit), degrees.
  public var medianRho: Double?

  public init(_ cells: CellTable) {
    self.cells = cells.count
    flagged = cells.flags.reduce(0) { $0 + ($1 == 0 ? 0 : 1) }
    let q = cells.q.filter(\.isFinite)
    if !q.isEmpty { meanAbsQ = q.reduce(0) { $0 + Double(abs($1)) } / Double(q.count) }
    let rho = cells.rho.filter(\.isFinite).sorted()
    if !rho.isEmpty { medianRho = Double(rho[rho.count / 2]) }
  }
}
