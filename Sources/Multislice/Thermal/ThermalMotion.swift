// SPDX-License-Identifier: GPL-3.0-or-later

/// Atoms that shake independently of each other (Einstein model), each direction with the same Gaussian spread.
public struct ThermalMotion: Sendable, Hashable {
  /// Root mean square displacement along one direction, Å: √⟨u²⟩ = √(B / 8π²). Elements that are missing stand still.
  public var rmsDisplacementA: [ChemicalElement: Double]
  public var seed: UInt64
  public var treatment: Treatment

  /// What of the motion a simulation shows.
  public enum Treatment: Sendable, Hashable {
    /// Displaced atoms: the whole image, up to the chance of the displacements.
    case displacements
    /// The mean transmission function of every slice: the mean wave exactly, without chance, but without the electrons
    /// that thermal diffuse scattering takes out of it. Not an image that a microscope shows.
    case meanWave
  }

  public init(
    rmsDisplacementA: [ChemicalElement: Double], seed: UInt64 = 1, treatment: Treatment = .displacements
  ) {
    self.rmsDisplacementA = rmsDisplacementA
    self.seed = seed
    self.treatment = treatment
  }
}

extension Material {
  /// Motion at `temperatureK`, from the material's mean-square displacements.
  public func thermalMotion(temperatureK: Double, seed: UInt64 = 1) -> ThermalMotion {
    let u2 = meanSquareDisplacements(temperatureK: temperatureK)
    return ThermalMotion(
      rmsDisplacementA: [
        a: u2.a.squareRoot(), b: u2.b.squareRoot(), .oxygen: u2.oxygen.squareRoot(),
      ], seed: seed)
  }
}
