// SPDX-License-Identifier: GPL-3.0-or-later

/// One line of a CIF's list of atom sites.
struct CIFSite {
  var label: String
  var element: ChemicalElement
  var position: SIMD3<Double>
  /// U_iso, Å², when the file gives it or B_iso.
  var meanSquareDisplacement: Double?
}

enum CIFSites {
  static func read(_ items: CIFItems, path: String) throws(StructureError) -> [CIFSite] {
    let tags = ["_atom_site_fract_x", "_atom_site_fract_y", "_atom_site_fract_z"]
    let coordinates = tags.compactMap { items.columns[$0] }
    guard coordinates.count == 3, let count = coordinates.first?.count, count > 0,
      coordinates.allSatisfy({ $0.count == count })
    else { throw .missing(path: path, what: "atom sites (_atom_site_fract_x, _y, _z)") }
    guard count <= CIF.mostSites else {
      throw .unsupported(path: path, what: "\(count) atom sites; at most \(CIF.mostSites) are taken")
    }
    let symbols = items.columns["_atom_site_type_symbol"]
    guard let names = symbols ?? items.columns["_atom_site_label"], names.count == count else {
      throw .missing(path: path, what: "_atom_site_type_symbol or _atom_site_label")
    }
    try refusePartialOccupancy(items, names: items.columns["_atom_site_label"] ?? names, path: path)
    let formula = elements(ofFormula: items.values["_chemical_formula_sum"])
    let displacements = displacementColumn(items, count: count)
    var sites: [CIFSite] = []
    for n in 0..<count {
      guard let element = element(names[n], among: formula) else {
        throw .malformed(path: path, line: nil, expected: "a chemical element", found: excerpt(names[n]))
      }
      let position = coordinates.compactMap { CIF.number($0[n]) }
      guard position.count == 3, position.allSatisfy({ abs($0) <= 100 }) else {
        throw .malformed(path: path, line: nil, expected: "three coordinates", found: "site \(excerpt(names[n]))")
      }
      sites.append(
        CIFSite(
          label: names[n], element: element, position: SIMD3(position[0], position[1], position[2]),
          meanSquareDisplacement: displacements[n]))
    }
    return sites
  }

  /// The mean over the atoms of each element, for elements of which every site has a value. Å².
  static func displacements(_ sites: [CIFSite], _ multiplicities: [Int]) -> [ChemicalElement: Double] {
    Dictionary(grouping: zip(sites, multiplicities), by: \.0.element).compactMapValues { sites in
      guard sites.allSatisfy({ $0.0.meanSquareDisplacement != nil }) else { return nil }
      let sum = sites.reduce(0) { $0 + ($1.0.meanSquareDisplacement ?? 0) * Double($1.1) }
      return sum / Double(sites.reduce(0) { $0 + $1.1 })
    }
  }

  /// Mixed and partly empty sites have no unique crystal: which atom sits where is not in the file.
  private static func refusePartialOccupancy(
    _ items: CIFItems, names: [String], path: String
  ) throws(StructureError) {
    guard let occupancies = items.columns["_atom_site_occupancy"], occupancies.count <= names.count else { return }
    let partial = zip(names, occupancies).filter { (CIF.number($1) ?? 1) < 0.995 }
    guard !partial.isEmpty else { return }
    let facts = partial.prefix(4).map { "\($0.prefix(12)) \($1.prefix(12))" }.joined(separator: ", ")
    throw .unsupported(
      path: path,
      what: "\(partial.count) sites are not fully occupied (\(facts)): which atom sits where is not in the file; "
        + "write an ordered model with occupancy 1")
  }

  /// Labels such as SrA, OA1 or CA2 are ambiguous: of the readings with two letters and with one, the first that occurs in
  /// the formula counts, or the first that is an element when the file has no formula.
  private static func element(_ name: String, among formula: Set<ChemicalElement>) -> ChemicalElement? {
    let letters = name.prefix { $0.isLetter }
    let readings = [letters.prefix(2), letters.prefix(1)].compactMap { ChemicalElement(symbol: $0) }
    return readings.first(where: formula.contains) ?? (formula.isEmpty ? readings.first : nil)
  }

  private static func elements(ofFormula formula: String?) -> Set<ChemicalElement> {
    let words = formula?.prefix(200).split(whereSeparator: \.isWhitespace) ?? []
    return Set(words.compactMap { ChemicalElement(symbol: $0.prefix { $0.isLetter }) })
  }

  private static func displacementColumn(_ items: CIFItems, count: Int) -> [Double?] {
    func column(_ tag: String, scale: Double) -> [Double?]? {
      guard let texts = items.columns[tag], texts.count == count else { return nil }
      return texts.map { CIF.number($0).map { $0 * scale }.flatMap { (0...0.5).contains($0) ? $0 : nil } }
    }
    return column("_atom_site_u_iso_or_equiv", scale: 1)
      ?? column("_atom_site_b_iso_or_equiv", scale: 1 / (8 * Double.pi * Double.pi))
      ?? [Double?](repeating: nil, count: count)
  }
}
