// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// Electron scattering factor of a neutral atom by Kirkland's sum of three Lorentzians and three Gaussians.
public struct KirklandScattering: Sendable {
  private let p: [Double]

  public init(_ element: ChemicalElement) {
    let n = KirklandTable.parametersPerElement
    p = Array(KirklandTable.parameters[(element.atomicNumber - 1) * n..<element.atomicNumber * n])
  }

  /// f_e in Å at the squared spatial frequency k² (1/Å²; k = 1/d): Σ aᵢ/(k² + bᵢ) + Σ cᵢ exp(−dᵢ k²). O(1).
  public func factor(k2: Double) -> Double {
    var sum = 0.0
    for i in 0..<3 { sum += p[i] / (k2 + p[3 + i]) + p[6 + i] * exp(-p[9 + i] * k2) }
    return sum
  }

  /// Fourier transform of the projected potential, V Å · Å², at k² in 1/Å².
  public func projectedPotential(k2: Double) -> Double { Electron.potentialPerScatteringFactor * factor(k2: k2) }
}
