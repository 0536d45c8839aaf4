// SPDX-License-Identifier: GPL-3.0-or-later

/// Everything about a simulation that is not the crystal at rest.
public struct ImagingConditions: Sendable, Hashable {
  public var voltageKV: Double = 200
  /// Convergence semi-angle of the probe, mrad.
  public var semiangleMrad: Double = 30
  public var detectors: [AnnularDetector] = [AnnularDetector(innerMrad: 11, outerMrad: 30)]
  /// Exit thicknesses, nm; each is rounded to whole slices.
  public var thicknessesNm: [Double] = [4.97, 9.94]
  /// Defocus, aberrations, mistilt. Each costs little beside the propagation; a mistilt of its own costs more than a
  /// defocus of its own.
  public var probes: [ProbeConditions] = [ProbeConditions()]
  /// Points of the Brillouin-zone mesh along x and y: the tiling of the equivalent supercell calculation.
  public var mesh = SIMD2<Int>(4, 3)
  /// Where the first point of the mesh lies, in cells of the mesh: 0 holds the zone's centre; with ½ the mesh is closed
  /// under both mirrors, and no point is its own image.
  public var meshOffset = SIMD2<Double>.zero
  public var edges: EdgeRule = .fractional
  /// Coarsest sampling of the wave, Å: 0.0863 carries scattering up to 97 mrad at 200 kV.
  public var samplingA: Double = 0.0863
  /// Slices are not thicker than this, Å.
  public var maximumSliceA: Double = 1.4
  /// nil: static atoms.
  public var motion: ThermalMotion?

  public init() {}
}
