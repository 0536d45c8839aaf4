// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference

/// What an ideal, noise-free image of a uniformly tilted crystal depends on.
public struct ImagingState: Sendable, Hashable {
  /// Tilt of the octahedra of the B column at the cell's origin.
  public var tilt: TiltAngles
  public var thicknessNm: Double
  /// Å; positive is underfocus (the `defocus` of `glazer simulate`).
  public var defocusA: Double
  /// Full width at half maximum of the Gaussian source in the specimen plane, Å; 0 is a point source.
  public var sourceFWHMA: Double
  /// Full width at half maximum of a further Gaussian blur along one direction (vibration, drift), as a vector in the
  /// specimen plane along x and y, Å.
  public var vibrationFWHMA: SIMD2<Double>

  /// Tilt of the optical axis against the crystal along x and y, mrad (`ProbeConditions.mistiltMrad`).
  public var mistiltMrad: SIMD2<Double>
  /// Which atomic layer is on top: 0 holds A, B and O, 1 only O.
  public var startingLayer: Int

  public init(
    tilt: TiltAngles, thicknessNm: Double, defocusA: Double, sourceFWHMA: Double,
    vibrationFWHMA: SIMD2<Double> = .zero, mistiltMrad: SIMD2<Double> = .zero, startingLayer: Int = 0
  ) {
    self.mistiltMrad = mistiltMrad
    self.startingLayer = startingLayer
    self.tilt = tilt
    self.thicknessNm = thicknessNm
    self.defocusA = defocusA
    self.sourceFWHMA = sourceFWHMA
    self.vibrationFWHMA = vibrationFWHMA
  }
}

/// Anything that can show one projected superlattice cell, √2 a_pc × 2 a_pc: 2 × 2 B columns, the one of `state.tilt`
/// at grid point (0, 0). With `+` about a or b the cell is twice as wide.
///
/// The grid is periodic, row-major [y][x], x along [110], y along [001]; values are the fraction of the beam on the
/// detector. Moving one column along x or y gives the octahedron that `pattern` says.
public protocol CellImageSource: Sendable {
  /// Points along x (32 a column) and y (48 a column): 64 × 96 for 2 × 2 columns.
  var gridWidth: Int { get }
  var gridHeight: Int { get }
  /// Size of the pseudo-cubic cell, Å.
  var pseudoCubicA: Double { get }
  /// How the tilts alternate from cell to cell.
  var pattern: TiltPattern { get }
  /// Ranges the source was made for; states outside are clamped by nobody and meaningless.
  var tiltRangeDegrees: ClosedRange<Double> { get }
  var thicknessRangeNm: ClosedRange<Double> { get }
  var defocusRangeA: ClosedRange<Double> { get }
  var mistiltRangeMrad: ClosedRange<Double> { get }
  /// Kinds of atomic layer that may be on top, from 0.
  var startingLayerCount: Int { get }
  /// The instrument that the images are taken with; nil for one that has no name.
  var imaging: TrainedConditions.Imaging? { get }

  /// Private working memory of one caller (one per thread).
  associatedtype Workspace
  func makeWorkspace() -> Workspace

  /// Writes the image of `state` into `grid` (gridWidth · gridHeight values).
  func render(_ state: ImagingState, into grid: inout [Float], workspace: inout Workspace)
}

extension CellImageSource {
  public var pattern: TiltPattern { .outOfPhase }
  public var mistiltRangeMrad: ClosedRange<Double> { 0...0 }
  public var startingLayerCount: Int { 1 }
  public var imaging: TrainedConditions.Imaging? { nil }
}

extension CellImageSource {
  /// Tilt of the octahedra of column `i` along x and `j` along y when the one at the origin has `tilt`; along the beam all
  /// octahedra of a column turn alike unless the pattern has `+` about a or b. O(1).
  public func tilt(_ tilt: TiltAngles, ofColumn i: Int, _ j: Int) -> TiltAngles {
    pattern.rotation(of: tilt, i: i, j: 0, k: j)
  }

  /// B columns along x in one period.
  public var columnsAcross: Int { pattern.a == .inPhase || pattern.b == .inPhase ? 4 : 2 }
}
