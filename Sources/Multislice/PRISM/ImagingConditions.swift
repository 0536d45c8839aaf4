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
  public var mesh = SIMD2<Int>(3, 2)
  /// Where the first point of the mesh lies, in cells of the mesh: 0 holds the zone's centre; with ½ the mesh is closed
  /// under both mirrors, and no point is its own image.
  public var meshOffset = SIMD2<Double>.zero
  public var edges: EdgeRule = .fractional
  /// Coarsest sampling of the wave, Å: 0.0863 carries scattering up to 94 mrad at 200 kV. Detectors farther out have it
  /// made finer (`sufficientSamplingA`).
  public var samplingA: Double = 0.0863
  /// Slices are not thicker than this, Å.
  public var maximumSliceA: Double = 1.4
  /// nil: static atoms.
  public var motion: ThermalMotion?

  public init() {}

  /// What may be asked of a detector, mrad: the small-angle propagation is not good for more.
  public static let largestDetectorMrad = 200.0

  /// The fewest points of the mesh that are converged to 1 % of contrast up to 10 nm with fractional edges: a tiling of
  /// 15.5 Å, which is 3 × 2 cells of SrTiO3 (`ARCHITECTURE.md`, *A small mesh*).
  public static func convergedMesh(for cell: CrystalCell) -> SIMD2<Int> {
    let lengths = SIMD2(cell.lengthsA.x, cell.lengthsA.y)
    let counts = (15.5 / lengths).rounded(.up)
    return SIMD2(max(1, Int(counts.x)), max(1, Int(counts.y)))
  }

  /// The sampling that carries the wave beyond every detector at every mistilt: `samplingA` if it does, else finer.
  func sufficientSamplingA(cell: CrystalCell) -> Double {
    let angle = ([semiangleMrad] + detectors.map(\.outerMrad)).max() ?? 0
    let tilt = probes.map { ($0.mistiltMrad * $0.mistiltMrad).sum().squareRoot() }.max() ?? 0
    let meshCell = 1 / (SIMD2(Double(mesh.x), Double(mesh.y)) * SIMD2(cell.lengthsA.x, cell.lengthsA.y))
    let reach =
      (angle + tilt) * 1e-3 / Electron(voltageKV: voltageKV).wavelengthA + (meshCell * meshCell).sum().squareRoot() / 2
    return min(samplingA, BandLimit.samplingA(passing: reach))
  }
}
