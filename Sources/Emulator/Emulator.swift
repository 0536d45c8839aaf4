// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Multislice

/// Images of one family of crystals at any tilt, mistilt, starting layer, thickness and defocus, from few simulations:
/// principal components of compressed image spectra, a Gaussian process for each, and polynomials between the nodes of
/// thickness and defocus.
///
/// The symmetries of the crystal hold exactly. A rendering costs classes · simulations · symmetries exponentials, some
/// hundred thousand multiply-adds and one small transform: 0.06 to 0.16 ms.
public struct Emulator: Sendable {
  public let family: CrystalFamily
  public let design: EmulatorDesign
  /// What `glazer emulate fit` measured on simulations that it did not learn from.
  public let testErrors: EmulatorTestErrors?
  /// Simulations that it was fitted to, and those of the mean wave.
  public let simulationCount: Int
  public let meanWaveCount: Int
  let simulator: FamilySimulator
  let layout: AmplitudeLayout
  let modes: ImageModes
  /// Core of class `even`, [node mode][harmonic mode].
  let mean: [Float]
  let groups: [ComponentGroup]
  /// Number of each group's first component in the order of all, and the number of all.
  let starts: [Int]
  let cores: CoreTable
  let thicknessAxis: AxisInterpolation
  let defocusAxis: AxisInterpolation
  /// Size of the projected cell, Å.
  let lengthsA: SIMD2<Double>

  init(
    family: CrystalFamily, design: EmulatorDesign, modes: ImageModes, mean: [Float], groups: [ComponentGroup],
    simulationCount: Int, meanWaveCount: Int, testErrors: EmulatorTestErrors?
  ) throws(EmulatorError) {
    self.family = family
    self.design = design
    self.modes = modes
    self.mean = mean
    self.groups = groups
    starts = groups.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.cores.count) }
    self.simulationCount = simulationCount
    self.meanWaveCount = meanWaveCount
    self.testErrors = testErrors
    simulator = try FamilySimulator(design: design, family: family)
    layout = simulator.amplitudeLayout
    cores = CoreTable(modes: modes, mean: mean, groups: groups)
    thicknessAxis = AxisInterpolation(nodes: simulator.thicknessesNm, order: 4)
    defocusAxis = AxisInterpolation(nodes: design.defociA, order: design.defocusNodes)
    lengthsA = simulator.lengthsA
  }

  /// Reads one family, by default the first, of a library file.
  public init(path: String, family: CrystalFamily? = nil) throws {
    self = try EmulatorLibrary(path: path).emulator(family)
  }

  /// The same with what a test found; nil for one that is not tested.
  func tested(_ errors: EmulatorTestErrors?) throws(EmulatorError) -> Emulator {
    try Emulator(
      family: family, design: design, modes: modes, mean: mean, groups: groups, simulationCount: simulationCount,
      meanWaveCount: meanWaveCount, testErrors: errors)
  }

  /// Standard deviation of an image, in per cent of its contrast: what the Gaussian processes state, times what the tests
  /// found that statement to be short of (compression and the noise of the components add to it). O(groups · points²).
  public func statedErrorPercent(
    _ tilt: TiltAngles, mistiltMrad: SIMD2<Double> = .zero, startingLayer: Int = 0
  ) -> Double {
    let point = EmulatorInput(tilt: tilt, mistiltMrad: mistiltMrad, startingLayer: startingLayer)
    let nodes = Double(modes.thicknessCount * modes.defocusCount)
    let variance = groups.reduce(0) { $0 + $1.processes.variance(at: point) } / nodes
    return 100 * (testErrors?.errorOverStated ?? 1) * variance.squareRoot()
  }
}

/// Principal components of one class: patterns of images over all nodes, and what their coefficients are.
struct ComponentGroup: Sendable {
  let imageClass: ImageClass
  /// Of each component [node mode][harmonic mode]; orthonormal.
  let cores: [[Float]]
  /// One member a component.
  let processes: CoefficientProcesses
}

/// Differences between emulated images and simulations that the emulator never saw, rms over the image in per cent of the
/// simulated image's contrast.
public struct EmulatorTestErrors: Codable, Sendable, Hashable {
  /// Simulations: tilts, each seen without and with mistilt.
  public var simulations: Int
  /// Images: at each simulation some nodes of thickness, and defoci between the nodes.
  public var images: Int
  public var medianPercent: Double
  public var worstPercent: Double
  /// What the limited number of thermal configurations of the test simulations adds to that, rms.
  public var statisticalPercent: Double
  /// The same without that: the root of the product of the differences to two independent halves of the configurations,
  /// whose noises cancel in the mean.
  public var medianWithoutNoisePercent: Double
  public var worstWithoutNoisePercent: Double
  /// Rms of the errors, without the statistical part, over the rms of what the processes state for them: the factor that
  /// calibrates `Emulator.statedErrorPercent`.
  public var errorOverStated: Double
}
