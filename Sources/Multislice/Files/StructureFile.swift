// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// Axis of a crystallographic cell that the beam runs along.
public enum BeamAxis: String, Sendable, CaseIterable {
  case a, b, c

  /// Which cell axes become x, y and z (the beam): cyclic, so that handedness is kept.
  var order: (x: Int, y: Int, z: Int) {
    switch self {
    case .a: (1, 2, 0)
    case .b: (2, 0, 1)
    case .c: (0, 1, 2)
    }
  }
}

/// Reads a crystal from extended XYZ or CIF, by the file's ending.
public enum StructureFile {
  /// A structure of a few thousand atoms is far below this.
  static let largestBytes = 4 << 20
  static let mostAtoms = 20_000

  /// The cell with its axes as x, y and `beam`; a CIF's must be orthogonal, for others see `readPerovskite`. XYZ files say
  /// themselves how they lie (z is the beam) and want `beam == .c`.
  public static func read(path: String, beam: BeamAxis = .c) throws(StructureError) -> CrystalCell {
    let cell: CrystalCell
    if isCIF(path) {
      guard let orthogonal = try CIF.unitCell(try contents(path), path: path).orthogonal() else {
        throw .unsupported(path: path, what: "the cell's angles are not 90°: it cannot be taken along an axis as it is")
      }
      cell = orthogonal
    } else {
      cell = try ExtendedXYZ.cell(try contents(path), path: path)
    }
    let order = beam.order
    func turn(_ v: SIMD3<Double>) -> SIMD3<Double> { SIMD3(v[order.x], v[order.y], v[order.z]) }
    return CrystalCell(
      lengthsA: turn(cell.lengthsA),
      atoms: cell.atoms.map { Atom(element: $0.element, position: turn($0.position)) })
  }

  /// A perovskite from a CIF, its octahedra found and its rotations measured; `cell(zone:)` brings it to the [1-10] zone.
  public static func readPerovskite(path: String) throws(StructureError) -> PerovskiteStructure {
    guard isCIF(path) else { throw .unsupported(path: path, what: "a crystal for the [1-10] zone is read from .cif") }
    let unitCell = try CIF.unitCell(try contents(path), path: path)
    return try PerovskiteStructure(unitCell, path: path)
  }

  public static func isCIF(_ path: String) -> Bool { path.lowercased().hasSuffix(".cif") }

  private static func contents(_ path: String) throws(StructureError) -> String {
    guard let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int else {
      throw .unreadable(path: path, reason: "no such file, or no permission")
    }
    guard size <= largestBytes else { throw .tooLarge(path: path, bytes: size, limit: largestBytes) }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .unreadable(path: path, reason: "no permission, or not a file")
    }
    guard let text = String(data: data, encoding: .utf8) ?? String(data: data, encoding: .isoLatin1) else {
      throw .malformed(path: path, line: nil, expected: "text", found: "binary data")
    }
    return text
  }
}
