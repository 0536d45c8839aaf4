// SPDX-License-Identifier: GPL-3.0-or-later
import Fourier

/// Working memory of one caller of `Emulator`.
public struct EmulatorWorkspace {
  /// Value 1 for the mean, then the components' coefficients, group after group.
  var coefficients: [Float]
  /// Covariances with the points of one group, and the coefficients of one.
  var row: [Double]
  var means: [Double]
  var thicknessWeights: [Double]
  var defocusWeights: [Double]
  /// One a node mode.
  var nodeWeights: [Float]
  /// Per class of `CoreTable`: [member][harmonic mode] at the thickness and defocus of `node`.
  var contracted: [[Float]]
  /// Thickness and defocus that `contracted` holds: a set at one thickness and defocus contracts once.
  var node: SIMD2<Double>?
  /// [harmonic mode] of one class.
  var harmonics: [Float]
  /// All amplitudes; class c begins at `AmplitudeLayout.starts[c]`.
  var amplitudes: [Float]
  let transform: RealTransform2D

  init(_ emulator: Emulator, rows: Int, columns: Int) {
    coefficients = Array(repeating: 1, count: emulator.starts[emulator.groups.count] + 1)
    row = Array(repeating: 0, count: emulator.groups.map(\.processes.covariance.kernel.paddedCount).max() ?? 0)
    means = Array(repeating: 0, count: emulator.groups.map(\.cores.count).max() ?? 0)
    thicknessWeights = Array(repeating: 0, count: emulator.thicknessAxis.order)
    defocusWeights = Array(repeating: 0, count: emulator.defocusAxis.order)
    nodeWeights = Array(repeating: 0, count: emulator.modes.nodes.count)
    contracted = emulator.cores.classes.map { Array(repeating: 0, count: $0.rowCount) }
    harmonics = Array(repeating: 0, count: emulator.modes.harmonics.map(\.count).max() ?? 0)
    amplitudes = Array(repeating: 0, count: emulator.layout.total)
    transform = RealTransform2D(rows: rows, columns: columns)
  }
}
