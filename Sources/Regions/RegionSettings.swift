// SPDX-License-Identifier: GPL-3.0-or-later

/// How regions are found.
public struct RegionSettings: Sendable, Equatable {
  /// A region has at least so many cells that could be read.
  public var leastCells = 12
  /// Of more, the largest are kept: the header of an overlay (64 KiB at most) has room for so many.
  public var mostRegions = 48
  /// Regions whose tilts differ by less than this are one, degrees: of q, and of the two parts of the split.
  public var leastStepQ = 0.4
  public var leastStepSplit = 1.5
  /// Errors that all cells of a frame share (defocus, thickness, mistilt, what the network was not trained for), degrees: no
  /// mean is better than this. `glazer regions-study` measures them.
  public var commonQ = 0.08
  public var commonC = 1.0
  public var commonS = 1.0
  /// By how much readings of overlapping surroundings are fewer than their number, where the frame holds too few cells to
  /// measure it.
  public var usualCorrelation = 6.0
  /// Angles are looked for within ± this, degrees.
  public var largestAngle = 12.0

  public init() {}
}
