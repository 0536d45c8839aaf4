// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Displacements of every atom of every period in every configuration, drawn as a Latin hypercube (McKay, Beckman and
/// Conover, Technometrics 21, 239 (1979)): over the configurations each coordinate of each atom takes the equally likely
/// values of its Gaussian once, in an order of its own.
///
/// The spread of each atom is then exact whatever the number of configurations, and only the correlations between atoms
/// are left to chance. Fewer than six configurations cannot stand for a Gaussian and draw plainly.
struct EinsteinDisplacements: Sendable {
  /// Empty: plain draws.
  private let quantiles: [Double]
  private let configurations: Int
  private let seed: UInt64
  private let rms: [Double]
  private let atomCount: Int

  init(_ motion: ThermalMotion, cell: CrystalCell, configurations: Int) {
    self.configurations = configurations
    quantiles = configurations < 6 ? [] : NormalQuantile.stratified(count: configurations)
    seed = motion.seed
    rms = cell.atoms.map { motion.rmsDisplacementA[$0.element] ?? 0 }
    atomCount = cell.atoms.count
  }

  /// Displacement along x and y, Å, of atom `atom` in the `period`-th period of the crystal. Cost: O(configurations).
  func displacementA(atom: Int, period: Int, configuration: Int) -> SIMD2<Double> {
    guard rms[atom] > 0 else { return .zero }
    // One stream an atom, whatever the configuration: all configurations see the same permutation.
    var random = SeededRandom(seed: seed, stream: UInt64(period * atomCount + atom))
    let x = stratified(configuration, &random)
    let y = stratified(configuration, &random)
    return rms[atom] * SIMD2(x, y)
  }

  /// A standard normal number: the value that a random permutation gives to `configuration`.
  private func stratified(_ configuration: Int, _ random: inout SeededRandom) -> Double {
    if quantiles.isEmpty { return (0..<configurations).map { _ in random.gaussian() }[configuration] }
    return quantiles.shuffled(using: &random)[configuration]
  }
}
