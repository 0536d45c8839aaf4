// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Multislice

/// Simulates the design points of one crystal family.
struct FamilySimulator: Sendable {
  let design: EmulatorDesign
  let family: CrystalFamily
  let material: Material
  let pattern: TiltPattern
  /// Whole numbers of √2 a: all nodes end in the same atomic layer, so that what lies between can be interpolated; another
  /// last layer changes an image by 3 to 4 % of its contrast.
  let periods: ClosedRange<Int>
  /// Widths of √2 a that the cell has.
  let across: Int
  /// Points of a rendered image of the projected cell along x and y. Kept: renderings ask for it again and again.
  let gridSize: SIMD2<Int>

  /// The views of each simulation: no mistilt, and those of the design point.
  static func viewCount(isMeanWave: Bool) -> Int { isMeanWave ? 4 : 2 }

  init(design: EmulatorDesign, family: CrystalFamily) throws(EmulatorError) {
    self.design = try design.checked()
    self.family = family
    (material, pattern) = try family.resolved()
    let periodNm = material.pseudoCubicA * Double(2).squareRoot() / 10
    let first = max(1, Int((design.thicknessNm[0] / periodNm).rounded(.down)))
    let last = max(first, Int((design.thicknessNm[1] / periodNm).rounded(.up)))
    periods = first...last
    across = Perovskite(material: material, tilt: .zero, pattern: pattern).commonPeriods.across
    gridSize = SIMD2(64 * across, 96)
    let grid = gridSize
    guard all(2 &* layout.maximum .< grid) else {
      throw .badDesign(
        what: "series of the images of \(family) (twice the semi-angle)",
        expected: "below \(grid.x / 2) × \(grid.y / 2) orders",
        found: "\(layout.maximum.x) × \(layout.maximum.y)")
    }
    let amplitudes = amplitudeLayout
    guard amplitudes.classes.allSatisfy({ amplitudes.count($0) > 0 }) else {
      throw .badDesign(
        what: "semi-angle, mrad", expected: "one at which images of \(family) have a series in every class of symmetry",
        found: "\(design.semiangleMrad)")
    }
  }

  /// nm, ascending.
  var thicknessesNm: [Double] { periods.map { Double($0) * material.pseudoCubicA * Double(2).squareRoot() / 10 } }

  /// Size of the projected cell, Å.
  var lengthsA: SIMD2<Double> {
    let cell = Perovskite(material: material, tilt: .zero, pattern: pattern).cell()
    return SIMD2(cell.lengthsA.x, cell.lengthsA.y)
  }

  /// How images are held as amplitudes.
  var amplitudeLayout: AmplitudeLayout {
    let electron = Electron(voltageKV: design.voltageKV)
    return AmplitudeLayout(
      maximum: layout.maximum, lengthsA: lengthsA,
      largestFrequency: 2 * design.semiangleMrad * 1e-3 / electron.wavelengthA + 0.5 / lengthsA.x,
      stepsAcross: CrystalSymmetry.stepsAcross(pattern))
  }

  /// How spectra of this family are stored.
  var layout: SpectrumLayout {
    SpectrumLayout(
      maximum: simulation(DesignPoint.origin, thicknessesNm: [1], probes: [ProbeConditions()]).largestHarmonic)
  }

  func simulation(
    _ point: DesignPoint, isMeanWave: Bool = false, thicknessesNm: [Double], probes: [ProbeConditions]
  ) -> BlochPRISM {
    let crystal = Perovskite(material: material, tilt: point.tilt, pattern: pattern)
    let cell = crystal.cell()
    var conditions = ImagingConditions()
    let layers = cell.sliceCount(maximumSliceA: conditions.maximumSliceA)
    conditions.voltageKV = design.voltageKV
    conditions.semiangleMrad = design.semiangleMrad
    conditions.detectors = [AnnularDetector(innerMrad: design.innerMrad, outerMrad: design.outerMrad)]
    conditions.thicknessesNm = thicknessesNm
    conditions.probes = probes
    // A wider cell needs fewer points for the same tiling.
    conditions.mesh = SIMD2(max(1, design.meshX / across), design.meshY)
    conditions.motion = family.temperatureK.map { material.thermalMotion(temperatureK: $0, seed: point.seed) }
    if isMeanWave { conditions.motion?.treatment = .meanWave }
    return BlochPRISM(
      cell: cell.centredInSlices(layers).startingAtLayer(point.startingLayer, of: layers), conditions: conditions)
  }

  /// The mistilts of the views: none and the point's; of the mean wave two more, which lie half the range away along both
  /// axes and along x.
  func mistiltsMrad(_ point: DesignPoint, isMeanWave: Bool) -> [SIMD2<Double>] {
    let m = point.mistiltMrad
    guard isMeanWave else { return [.zero, m] }
    func moved(_ x: Double) -> Double { x > 0 ? x - design.mistiltLimitMrad : x + design.mistiltLimitMrad }
    return [.zero, m, SIMD2(moved(m.x), moved(m.y)), SIMD2(moved(m.x), m.y)]
  }

  /// Probes, view after view, each at every defocus.
  private func probes(_ mistiltsMrad: [SIMD2<Double>], defociA: [Double]) -> [ProbeConditions] {
    mistiltsMrad.flatMap { mistilt in
      defociA.map { defocus in
        var probe = ProbeConditions(defocusA: defocus)
        probe.mistiltMrad = mistilt
        return probe
      }
    }
  }

  /// `[view][thickness][defocus]` flattened. Cost: seconds to a minute of one core; see `BlochPRISM`.
  func spectra(
    _ point: DesignPoint, isMeanWave: Bool = false, thicknessesNm: [Double], defociA: [Double], threads: Int,
    progress: @Sendable (Double) -> Void = { _ in }
  ) -> [ImageSpectrum] {
    spectra(
      point, isMeanWave: isMeanWave, views: mistiltsMrad(point, isMeanWave: isMeanWave), thicknessesNm: thicknessesNm,
      defociA: defociA, threads: threads, progress: progress)
  }

  /// The same for mistilts (mrad) of one's own.
  func spectra(
    _ point: DesignPoint, isMeanWave: Bool = false, views: [SIMD2<Double>], thicknessesNm: [Double],
    defociA: [Double], threads: Int, progress: @Sendable (Double) -> Void = { _ in }
  ) -> [ImageSpectrum] {
    let all = simulation(
      point, isMeanWave: isMeanWave, thicknessesNm: thicknessesNm, probes: probes(views, defociA: defociA)
    )
    .spectra(threads: threads, progress: progress)[0]
    return views.indices.flatMap { view in
      all.flatMap { $0[view * defociA.count..<(view + 1) * defociA.count] }
    }
  }
}
