// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// The part of the Crystallographic Information File format that describes a crystal: cell, symmetry operations, sites.
///
/// Sites are expanded by the operations as the file lists them, so that any setting is taken; images of one site within
/// 0.1 Å are one atom on a special position.
enum CIF {
  static let mostSites = 1000
  /// The largest space group in a centred setting has 192.
  static let mostOperations = 192
  static let mostAtoms = 4000
  private static let coincidenceA = 0.1

  static func unitCell(_ text: String, path: String) throws(StructureError) -> UnitCell {
    let items = CIFItems(text)
    let basis = try basis(items, path: path)
    let operations = try symmetry(items, path: path)
    let sites = try CIFSites.read(items, path: path)
    var atoms: [Atom] = []
    var multiplicities: [Int] = []
    for site in sites {
      var images: [Atom] = []
      for operation in operations {
        let atom = Atom(element: site.element, position: operation.apply(site.position))
        let isNew = !images.contains { basis.shortest($0.position - atom.position) < coincidenceA }
        if isNew { images.append(atom) }
      }
      // The same atom listed twice is one; two different ones in one place are a mistake.
      if let first = images.first,
        let other = atoms.first(where: { basis.shortest($0.position - first.position) < coincidenceA })
      {
        guard other.element == site.element else {
          throw .unsupported(path: path, what: "site \(site.label) lies on another one of \(other.element)")
        }
        multiplicities.append(0)
        continue
      }
      multiplicities.append(images.count)
      atoms += images
      guard atoms.count <= mostAtoms else {
        throw .unsupported(path: path, what: "more than \(mostAtoms) atoms in the cell")
      }
    }
    return UnitCell(basis: basis, atoms: atoms, meanSquareDisplacements: CIFSites.displacements(sites, multiplicities))
  }

  /// A CIF number may carry its uncertainty in brackets: 5.3785(3).
  static func number(_ text: String) -> Double? {
    let value = Double(text.prefix { $0 != "(" })
    return value?.isFinite == true ? value : nil
  }

  private static func basis(_ items: CIFItems, path: String) throws(StructureError) -> Basis {
    func value(_ tag: String) throws(StructureError) -> Double {
      guard let text = items.values[tag] else { throw .missing(path: path, what: tag) }
      guard let parsed = number(text) else {
        throw .malformed(path: path, line: nil, expected: "a number for \(tag)", found: excerpt(text))
      }
      return parsed
    }
    let lengths = SIMD3(
      try value("_cell_length_a"), try value("_cell_length_b"), try value("_cell_length_c"))
    let angles = SIMD3(
      try value("_cell_angle_alpha"), try value("_cell_angle_beta"), try value("_cell_angle_gamma"))
    guard (0..<3).allSatisfy({ (1...200).contains(lengths[$0]) }) else {
      throw .unsupported(path: path, what: "cell edges must be 1 to 200 Å")
    }
    guard (0..<3).allSatisfy({ (20...160).contains(angles[$0]) }),
      let basis = Basis(lengths: lengths, anglesDeg: angles), (0..<3).allSatisfy({ basis.heights[$0] >= 1 })
    else {
      throw .unsupported(
        path: path, what: "no cell has the angles \(angles.x)°, \(angles.y)°, \(angles.z)°, or it is flat")
    }
    return basis
  }

  private static func symmetry(_ items: CIFItems, path: String) throws(StructureError) -> [SymmetryOperation] {
    let tags = ["_space_group_symop_operation_xyz", "_symmetry_equiv_pos_as_xyz"]
    guard let column = tags.lazy.compactMap({ items.columns[$0] }).first, !column.isEmpty else {
      // Without operations a file is only complete when it says that there are none to apply.
      let names = ["_symmetry_space_group_name_h-m", "_space_group_name_h-m_alt", "_symmetry_space_group_name_hall"]
        .compactMap { items.values[$0] }
      guard names.contains(where: { $0.filter { !$0.isWhitespace } == "P1" }) else {
        let group = names.first.map { "the space group '\($0.prefix(20))'" } ?? "no space group"
        throw .missing(
          path: path, what: "symmetry operations (\(tags[0])), only \(group): write the file with its operations")
      }
      return [.identity]
    }
    guard column.count <= mostOperations else {
      throw .unsupported(path: path, what: "\(column.count) symmetry operations; no group has over \(mostOperations)")
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
}
