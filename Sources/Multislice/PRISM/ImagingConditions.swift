// SPDX-License-Identifier: GPL-3.0-or-later

/// Everything about a simulation that is not the crystal. Static atoms: no thermal motion.
public struct ImagingConditions: Sendable, Hashable {
  public var voltageKV: Double = 200
  /// Convergence semi-angle of the probe, mrad.
  public var semiangleMrad: Double = 30
  public var detectors: [AnnularDetector] = [AnnularDetector(innerMrad: 11, outerMrad: 30)]
  /// Exit thicknesses, nm; each is rounded to whole slices.
  public var thicknessesNm: [Double] = [4.97, 9.94]
  /// Å; positive is underfocus: the beam's crossover lies below the entrance surface.
  public var defociA: [Double] = [0]
  /// Points of the Brillouin-zone mesh along x and y: the tiling of the equivalent supercell calculation.
  public var mesh = SIMD2<Int>(4, 3)
  public var edges: EdgeRule = .fractional
  /// Coarsest sampling of the wave, Å: 0.0863 carries scattering up to 97 mrad at 200 kV.
  public var samplingA: Double = 0.0863
  /// Slices are not thicker than this, Å.
  public var maximumSliceA: Double = 1.4

  public init() {}
}
