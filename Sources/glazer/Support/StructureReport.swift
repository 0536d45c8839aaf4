// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Multislice

/// What `glazer structure` finds in a crystal.
struct StructureReport: Encodable {
  private struct Rotation: Encodable {
    let index: [Int]
    let tilt: [Double]

    enum CodingKeys: String, CodingKey {
      case index
      case tilt = "tilt_deg"
    }
  }

  private let program = "glazer structure \(Glazer.version)"
  private let file, zone, glazer, pattern: String
  private let aSite, bSite: [String]
  private let fileCellA, fileCellDeg, pseudoCubicA, pseudoCubicDeg: [Double]
  private let tilt, cellA, cellAnglesDeg: [Double]
  private let residualDeg, shear: Double
  private let atoms: Int
  private let octahedra: [Rotation]
  /// Of the elements for which the file has them.
  private let meanSquareDisplacementsA2: [String: Double]
  private let convention =
    "linear rotation vectors about pseudo-cubic a, b, c of the view; beam along [1-10], y = [001]"

  enum CodingKeys: String, CodingKey {
    case program, file, zone
    case glazer = "glazer_symbol"
    case pattern
    case aSite = "a_site"
    case bSite = "b_site"
    case fileCellA = "file_cell_A"
    case fileCellDeg = "file_cell_deg"
    case pseudoCubicA = "pseudo_cubic_A"
    case pseudoCubicDeg = "pseudo_cubic_deg"
    case tilt = "tilt_deg"
    case residualDeg = "residual_deg"
    case cellA = "cell_A"
    case cellAnglesDeg = "cell_angles_before_shear_deg"
    case shear, atoms, octahedra
    case meanSquareDisplacementsA2 = "mean_square_displacements_A2"
    case convention
  }

  init(file: String, structure: PerovskiteStructure, view: ZoneView) {
    func list(_ v: SIMD3<Double>) -> [Double] { [v.x, v.y, v.z] }
    func list(_ t: TiltAngles) -> [Double] { [t.alpha, t.beta, t.gamma] }
    self.file = file
    zone = "[\(view.zone.rawValue)]"
    glazer = view.rotations.symbol.description
    pattern = view.rotations.pattern.description
    aSite = structure.a.map(\.symbol)
    bSite = structure.b.map(\.symbol)
    fileCellA = list(structure.unitCell.basis.lengths)
    fileCellDeg = structure.unitCell.basis.anglesDeg
    pseudoCubicA = list(structure.axes.lengths)
    pseudoCubicDeg = structure.axes.anglesDeg
    tilt = list(view.rotations.tilt)
    residualDeg = view.rotations.residualDeg
    cellA = list(view.cell.lengthsA)
    cellAnglesDeg = view.anglesDeg
    shear = view.shear
    atoms = view.cell.atoms.count
    octahedra = view.rotations.octahedra.map {
      Rotation(index: [$0.indices.x, $0.indices.y, $0.indices.z], tilt: list($0.tilt))
    }
    meanSquareDisplacementsA2 = Dictionary(
      uniqueKeysWithValues: structure.unitCell.meanSquareDisplacements.map { ($0.key.symbol, $0.value) })
  }

  var text: String {
    func numbers(_ values: [Double], _ format: String) -> String {
      values.map { String(format: format, $0) }.joined(separator: "  ")
    }
    let species = "A \(aSite.joined(separator: ", ")), B \(bSite.joined(separator: ", "))"
    let residual = String(format: "%.2f", residualDeg)
    var lines = [
      "\(file): \(species), \(octahedra.count) \(octahedra.count == 1 ? "octahedron" : "octahedra") in the cell",
      "pseudo-cubic  \(numbers(pseudoCubicA, "%.4f")) Å, \(numbers(pseudoCubicDeg, "%.2f"))°",
      "zone          \(zone), pattern \(pattern), Glazer \(glazer)",
      "rotation      \(numbers(tilt, "%.2f"))° about a, b, c; unexplained by the pattern \(residual)° rms",
      "cell          \(numbers(cellA, "%.4f")) Å, \(atoms) atoms",
    ]
    if shear > 1e-6 {
      lines.append("strain        sheared by \(String(format: "%.2f", 100 * shear)) % to make its angles right")
    }
    if !meanSquareDisplacementsA2.isEmpty {
      let rms = meanSquareDisplacementsA2.sorted { $0.key < $1.key }
        .map { "\($0.key)=\(String(format: "%.3f", $0.value.squareRoot()))" }
      lines.append("displacement  \(rms.joined(separator: ",")) Å rms along one direction (simulate --rms)")
    }
    for rotation in octahedra.prefix(16) {
      let place = rotation.index.map { String(format: "%3d", $0) }.joined()
      lines.append("  octahedron \(place)  \(numbers(rotation.tilt, "%7.2f"))")
    }
    if octahedra.count > 16 { lines.append("  … \(octahedra.count - 16) more in the JSON report") }
    return lines.joined(separator: "\n")
  }
}
