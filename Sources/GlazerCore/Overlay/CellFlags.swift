// SPDX-License-Identifier: GPL-3.0-or-later

/// What a reader should know before trusting a cell; 0 is good. The values are part of the CSV and wire formats.
public struct CellFlags: OptionSet, Sendable, Hashable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Part of the 2 × 2 cells about the column lies outside the image. (A reading sees half a cell more on each side.)
  public static let border = CellFlags(rawValue: 1)
  /// ρ is below what this image can detect: `rho` holds the limit, `alpha`, `beta` and `gamma` are NaN, q is still good.
  public static let belowDetectionLimit = CellFlags(rawValue: 2)
  /// The lattice fits poorly here.
  public static let poorLattice = CellFlags(rawValue: 4)
  /// The patch is unlike the training data, or the angles read from it lie beyond them.
  public static let unfamiliar = CellFlags(rawValue: 8)
  /// The 2 × 2 cells about the column hold saturated or missing pixels.
  public static let badPixels = CellFlags(rawValue: 16)
}
