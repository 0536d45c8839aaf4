// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Multislice

/// What an emulator is fitted to: Sobol points in the tilt cube, each simulated at every thickness and defocus at once.
public struct SimulationDesign: Codable, Sendable, Hashable {
  public var material = "SrTiO3"
  public var voltageKV = 200.0
  public var semiangleMrad = 30.0
  public var detector = AnnularDetector(innerMrad: 11, outerMrad: 30)
  /// Nodes, ascending.
  public var thicknessesNm = [4.0, 5.0, 6.0, 7.2, 8.3, 9.4, 10.5, 11.6, 12.7, 13.8, 14.9, 16.0]
  /// Nodes, ascending; positive is underfocus.
  public var defociA = [-40.0, -30, -20, -10, 0, 10, 20, 30, 40]
  public var meshX = 6
  public var meshY = 4
  /// Half-width of the tilt cube, degrees: a little beyond the ±10° that are drawn from it, so that no query extrapolates.
  public var tiltLimit = 10.5
  /// Simulations to learn from.
  public var trainingCount = 96
  /// Further simulations, never learnt from, to test with.
  public var testCount = 6

  public init() {}

  public var pattern: TiltPattern { .outOfPhase }

  /// Tilt of simulation `index`, folded into the quarter that the symmetries generate all others from.
  ///
  /// Tests come after the training points in the same sequence.
  func tilt(_ index: Int) -> TiltAngles {
    var sequence = SobolSequence(skipping: index + 1)
    let point = (sequence.next() ?? .zero) * 2 - 1
    let tilt = TiltAngles(
      alpha: tiltLimit * point.x, beta: tiltLimit * point.y, gamma: tiltLimit * point.z)
    return TiltSymmetry.folding(tilt).apply(tilt)
  }

  /// Image spectra `[thickness, defocus]` of one tilt. Minutes at most; see `BlochPRISM` for the cost.
  func simulate(
    _ tilt: TiltAngles, threads: Int, progress: @Sendable (Double) -> Void = { _ in }
  ) throws(EmulatorError) -> [ImageSpectrum] {
    try makeSimulation(tilt).spectra(threads: threads, progress: progress)[0].flatMap { $0 }
  }

  /// Thicknesses at whole periods of the crystal: all end in the same atomic layer, so that images between them can be
  /// interpolated; another last layer changes an image by 3 to 4 % of its contrast.
  func wholePeriods(_ thicknessesNm: [Double]) throws(EmulatorError) -> [Double] {
    let period = try makeSimulation(.zero).cell.lengthsA.z
    return thicknessesNm.map { max(1, ($0 * 10 / period).rounded()) * period / 10 }
  }

  func makeSimulation(_ tilt: TiltAngles) throws(EmulatorError) -> BlochPRISM {
    guard let material = Material.named(material) else {
      throw .unknownMaterial(name: material, known: Material.known.map(\.name))
    }
    let cell = Perovskite(material: material, tilt: tilt, pattern: pattern).cell()
    var conditions = ImagingConditions()
    conditions.voltageKV = voltageKV
    conditions.semiangleMrad = semiangleMrad
    conditions.detectors = [detector]
    conditions.thicknessesNm = thicknessesNm
    conditions.probes = defociA.map { ProbeConditions(defocusA: $0) }
    conditions.mesh = SIMD2(meshX, meshY)
    let slices = cell.sliceCount(maximumSliceA: conditions.maximumSliceA)
    return BlochPRISM(cell: cell.centredInSlices(slices), conditions: conditions)
  }

  /// How the images of this design are held as amplitudes.
  func makeLayout() throws(EmulatorError) -> MirrorLayout {
    let simulation = try makeSimulation(.zero)
    return MirrorLayout(
      maximum: simulation.largestHarmonic, lengthsA: SIMD2(simulation.cell.lengthsA.x, simulation.cell.lengthsA.y),
      largestFrequency: 2 * semiangleMrad * 1e-3 / simulation.electron.wavelengthA + 0.5 / simulation.cell.lengthsA.x)
  }
}
