// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// Hyper-parameters of one Gaussian process.
struct Hyperparameters: Sendable, Hashable {
  /// Standard deviation of the function and of the noise, in the unit of the values.
  var amplitude: Double
  var noise: Double
  /// Length scale along each input, in its unit; the unused lanes are 1.
  var lengths: SIMD8<Double>

  static let count = 2 + EmulatorInput.count

  /// As logarithms, so that any step keeps them positive.
  var logarithms: [Double] { [log(amplitude), log(noise)] + (0..<EmulatorInput.count).map { log(lengths[$0]) } }

  init(amplitude: Double, noise: Double, lengths: SIMD8<Double>) {
    (self.amplitude, self.noise, self.lengths) = (amplitude, noise, lengths)
  }

  /// `count` numbers.
  init(logarithms l: [Double]) {
    var lengths = SIMD8<Double>(repeating: 1)
    for n in 0..<EmulatorInput.count { lengths[n] = exp(l[2 + n]) }
    self.init(amplitude: exp(l[0]), noise: exp(l[1]), lengths: lengths)
  }
}
