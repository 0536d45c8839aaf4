// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// A perovskite ABO3: its species, the edge of its pseudo-cubic cell, how its octahedra are rotated and how far its atoms
/// move. `known` (Materials.swift) holds the data.
public struct Material: Sendable, Hashable {
  public let name: String
  public let a: ChemicalElement
  public let b: ChemicalElement
  /// Edge of the pseudo-cubic cell at room temperature, Å.
  public let pseudoCubicA: Double
  /// Where the edge comes from.
  public let latticeSource: String
  /// The rotations of the bulk at room temperature.
  public let rotation: BulkRotation
  public let meanSquareDisplacements: ThermalFactors

  /// Pattern and angles of a bulk crystal, c being the axis of the in-phase rotation where there is one.
  public struct BulkRotation: Sendable, Hashable {
    public var pattern: TiltPattern
    /// Degrees.
    public var tilt: TiltAngles
    /// How far the angles may be off, degrees.
    public var uncertaintyDeg: Double
    public var source: String

    /// For example a-a-c+.
    public var symbol: GlazerSymbol { GlazerSymbol(pattern: pattern, tilt: tilt, toleranceDeg: uncertaintyDeg) }
  }

  /// Looks a material up by formula, for example "SrTiO3"; nil when it is not in `known`.
  public static func named(_ name: String) -> Material? {
    known.first { $0.name.lowercased() == name.lowercased() }
  }

  /// `a` and `b` must be symbols of elements and `pattern` a tilt pattern: this is for tables in source code.
  init(
    _ name: String, a: String, b: String, pseudoCubicA: Double, latticeSource: String,
    rotation: (pattern: String, degrees: SIMD3<Double>, uncertaintyDeg: Double, source: String), thermal: ThermalFactors
  ) {
    guard let aElement = ChemicalElement(symbol: a), let bElement = ChemicalElement(symbol: b),
      let pattern = TiltPattern(rotation.pattern)
    else { preconditionFailure("\(name) names an element or a pattern that does not exist") }
    (self.name, self.a, self.b, self.pseudoCubicA) = (name, aElement, bElement, pseudoCubicA)
    self.latticeSource = latticeSource
    self.rotation = BulkRotation(
      pattern: pattern,
      tilt: TiltAngles(alpha: rotation.degrees.x, beta: rotation.degrees.y, gamma: rotation.degrees.z),
      uncertaintyDeg: rotation.uncertaintyDeg, source: rotation.source)
    meanSquareDisplacements = thermal
  }
}
