// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// Mean-square displacements ⟨u²⟩ of the three sites of a perovskite along one direction, Å²: isotropic, U_iso = ⟨u²⟩,
/// B_iso = 8π²⟨u²⟩. A frozen phonon draws each Cartesian coordinate from a normal distribution of this variance.
public struct ThermalFactors: Sendable, Hashable {
  /// How the numbers came about.
  public enum Source: Sendable, Hashable, CustomStringConvertible {
    /// Refined from diffraction of this very compound; the citation.
    case refined(String)
    /// Commonly quoted from this paper and taken over from there, not read in it; the citation.
    case quoted(String)
    /// No refinement of this compound is at hand: typical of perovskites of its kind, good to about a third.
    case typical

    public var description: String {
      switch self {
      case .refined(let citation): citation
      case .quoted(let citation): "quoted from \(citation)"
      case .typical: "typical of perovskite oxides at room temperature, good to about a third"
      }
    }
  }

  public var a: Double
  public var b: Double
  public var oxygen: Double
  /// Temperature of the numbers, K.
  public var temperatureK: Double
  public var source: Source

  public init(a: Double, b: Double, oxygen: Double, temperatureK: Double, source: Source) {
    (self.a, self.b, self.oxygen) = (a, b, oxygen)
    self.temperatureK = temperatureK
    self.source = source
  }
}

/// An atom on a spring (Einstein): ⟨u²⟩ = ħ²/(2 m k Θ) · coth(Θ/2T) along one direction.
enum EinsteinOscillator {
  /// ħ²/(2 u k) in Å² K, with the atomic mass unit u.
  private static let scale = 24.254367

  static func meanSquareDisplacement(thetaK: Double, massU: Double, temperatureK: Double) -> Double {
    let zeroPoint = scale / (massU * thetaK)
    return temperatureK > 0 ? zeroPoint / tanh(thetaK / (2 * temperatureK)) : zeroPoint
  }

  /// The temperature Θ of the spring that has this ⟨u²⟩ at this temperature, by bisection: ⟨u²⟩ falls as Θ grows.
  static func thetaK(meanSquareDisplacement: Double, massU: Double, temperatureK: Double) -> Double {
    var range = (low: 1.0, high: 10_000.0)
    for _ in 0..<60 {
      let middle = (range.low * range.high).squareRoot()
      let u2 = Self.meanSquareDisplacement(thetaK: middle, massU: massU, temperatureK: temperatureK)
      if u2 > meanSquareDisplacement { range.low = middle } else { range.high = middle }
    }
    return range.low
  }
}

extension Material {
  /// ⟨u²⟩ of an element of this material at the temperature of `meanSquareDisplacements`, Å²; nil for any other element.
  public func meanSquareDisplacement(of element: ChemicalElement) -> Double? {
    switch element {
    case a: meanSquareDisplacements.a
    case b: meanSquareDisplacements.b
    case .oxygen: meanSquareDisplacements.oxygen
    default: nil
    }
  }

  /// The same at another temperature, carried over by an Einstein oscillator for each site: exact at the temperature of
  /// the data, proportional to T well above Θ, the zero-point motion at 0 K. Phase transitions are not known to it.
  public func meanSquareDisplacements(temperatureK: Double) -> ThermalFactors {
    func carried(_ u2: Double, _ element: ChemicalElement) -> Double {
      let mass = element.massU
      let theta = EinsteinOscillator.thetaK(
        meanSquareDisplacement: u2, massU: mass, temperatureK: meanSquareDisplacements.temperatureK)
      return EinsteinOscillator.meanSquareDisplacement(thetaK: theta, massU: mass, temperatureK: max(0, temperatureK))
    }
    var factors = meanSquareDisplacements
    guard temperatureK != factors.temperatureK else { return factors }
    factors.a = carried(factors.a, a)
    factors.b = carried(factors.b, b)
    factors.oxygen = carried(factors.oxygen, .oxygen)
    factors.temperatureK = max(0, temperatureK)
    return factors
  }
}
