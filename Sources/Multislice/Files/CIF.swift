// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// The part of the Crystallographic Information File format that describes one orthogonal crystal: cell edges, symmetry
/// operations, atom sites. Sites are expanded by the operations; what coincides within 0.1 Å is one atom.
enum CIF {
  static func cell(_ text: String, path: String) throws(StructureError) -> CrystalCell {
    let items = CIFItems(text)
    func number(_ tag: String) throws(StructureError) -> Double {
      guard let value = items.values[tag] else { throw .missing(path: path, what: tag) }
      guard let parsed = parse(value) else {
        throw .malformed(path: path, line: nil, expected: "a number for \(tag)", found: excerpt(value))
      }
      return parsed
    }
    let lengths = SIMD3(
      try number("_cell_length_a"), try number("_cell_length_b"), try number("_cell_length_c"))
    for tag in ["_cell_angle_alpha", "_cell_angle_beta", "_cell_angle_gamma"] {
      guard abs(try number(tag) - 90) < 0.01 else {
        throw .unsupported(path: path, what: "\(tag) is not 90°: only orthogonal cells are taken")
      }
    }
    guard (0..<3).allSatisfy({ (1...200).contains(lengths[$0]) }) else {
      throw .unsupported(path: path, what: "cell edges must be 1 to 200 Å")
    }
    let operations = try symmetry(items, path: path)
    var atoms: [Atom] = []
    for site in try sites(items, path: path) {
      for operation in operations {
        let atom = Atom(element: site.element, position: operation.apply(site.position))
        let isNew = !atoms.contains { other in
          var d = other.position - atom.position
          d -= d.rounded(.toNearestOrEven)
          d *= lengths
          return (d * d).sum() < 0.01
        }
        if isNew { atoms.append(atom) }
        guard atoms.count <= StructureFile.mostAtoms else {
          throw .unsupported(path: path, what: "more than \(StructureFile.mostAtoms) atoms")
        }
      }
    }
    return CrystalCell(lengthsA: lengths, atoms: atoms)
  }

  /// A CIF number may carry its uncertainty in brackets: 5.3785(3).
  private static func parse(_ text: String) -> Double? {
    let value = Double(text.prefix { $0 != "(" })
    return value?.isFinite == true ? value : nil
  }

  private static func symmetry(_ items: CIFItems, path: String) throws(StructureError) -> [SymmetryOperation] {
    let tags = ["_space_group_symop_operation_xyz", "_symmetry_equiv_pos_as_xyz"]
    guard let column = tags.lazy.compactMap({ items.columns[$0] }).first else {
      // Without operations a file is only complete when it says that there are none to apply.
      let name = items.values["_symmetry_space_group_name_h-m"] ?? items.values["_space_group_name_h-m_alt"]
      guard name?.replacingOccurrences(of: " ", with: "") == "P1" else {
        throw .missing(path: path, what: "symmetry operations (\(tags[1])), and the space group is not P1")
      }
      return [.identity]
    }
    var operations: [SymmetryOperation] = []
    for text in column {
      guard let operation = SymmetryOperation(text) else {
        throw .malformed(path: path, line: nil, expected: "an operation such as -x,1/2+y,z", found: excerpt(text))
      }
      operations.append(operation)
    }
    return operations
  }

  private static func sites(_ items: CIFItems, path: String) throws(StructureError) -> [Atom] {
    let coordinateTags = ["_atom_site_fract_x", "_atom_site_fract_y", "_atom_site_fract_z"]
    let coordinates = coordinateTags.compactMap { items.columns[$0] }
    guard coordinates.count == 3, let count = coordinates.first?.count, count > 0 else {
      throw .missing(path: path, what: "atom sites (_atom_site_fract_x, _y, _z)")
    }
    guard let names = items.columns["_atom_site_type_symbol"] ?? items.columns["_atom_site_label"] else {
      throw .missing(path: path, what: "_atom_site_label")
    }
    if let occupancies = items.columns["_atom_site_occupancy"],
      let partial = occupancies.first(where: { (parse($0) ?? 1) < 0.999 })
    {
      throw .unsupported(path: path, what: "a site is occupied to \(partial) only; full occupancy is needed")
    }
    var atoms: [Atom] = []
    for n in 0..<count {
      let letters = names[n].prefix { $0.isLetter }
      guard let element = ChemicalElement(symbol: letters) ?? ChemicalElement(symbol: letters.prefix(1)) else {
        throw .malformed(path: path, line: nil, expected: "a chemical element", found: excerpt(names[n]))
      }
      let position = coordinates.compactMap { parse($0[n]) }
      guard position.count == 3 else {
        throw .malformed(path: path, line: nil, expected: "three coordinates", found: "site \(names[n])")
      }
      atoms.append(Atom(element: element, position: SIMD3(position[0], position[1], position[2])))
    }
    return atoms
  }
}
