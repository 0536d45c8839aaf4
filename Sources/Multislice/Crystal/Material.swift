// SPDX-License-Identifier: GPL-3.0-or-later

/// A perovskite ABO3: its species and the edge of its pseudo-cubic cell.
public struct Material: Sendable, Hashable {
  public let name: String
  public let a: ChemicalElement
  public let b: ChemicalElement
  /// Edge of the pseudo-cubic cell at room temperature, Å.
  public let pseudoCubicA: Double

  /// Looks a material up by formula, for example "SrTiO3"; nil when it is not in `known`.
  public static func named(_ name: String) -> Material? {
    known.first { $0.name.lowercased() == name.lowercased() }
  }

  private init(_ name: String, _ a: String, _ b: String, _ pseudoCubicA: Double) {
    guard let aElement = ChemicalElement(symbol: a), let bElement = ChemicalElement(symbol: b) else {
      preconditionFailure("\(name) names an element that does not exist")
    }
    (self.name, self.a, self.b, self.pseudoCubicA) = (name, aElement, bElement, pseudoCubicA)
  }

  /// Cube root of the volume per formula unit, rounded, at room temperature; SrTiO3 as in the reference simulations,
  /// CaTiO3 from COD 9006172 (5.3785 × 5.4419 × 7.6400 Å, 4 formula units).
  public static let known: [Material] = [
    Material("SrTiO3", "Sr", "Ti", 3.905),
    Material("CaTiO3", "Ca", "Ti", 3.824),
    Material("LaAlO3", "La", "Al", 3.790),
    Material("BiFeO3", "Bi", "Fe", 3.965),
    Material("LaFeO3", "La", "Fe", 3.930),
  ]
}
