// SPDX-License-Identifier: GPL-3.0-or-later

/// CIF files written from published numbers.
enum CIFTexts {
  static func file(
    cell: [String], operations: [String], sites: [String],
    siteTags: [String] = ["label", "fract_x", "fract_y", "fract_z"], formula: String? = nil
  ) -> String {
    let tags = ["length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma"]
    var lines = ["data_test"] + zip(tags, cell).map { "_cell_\($0) \($1)" }
    if let formula { lines.append("_chemical_formula_sum '\(formula)'") }
    if !operations.isEmpty {
      lines += ["loop_", "_space_group_symop_operation_xyz"] + operations.map { "'\($0)'" }
    }
    lines += ["loop_"] + siteTags.map { "_atom_site_\($0)" } + sites
    return lines.joined(separator: "\n") + "\n"
  }

  /// The three-fold centring of a rhombohedral lattice on hexagonal axes.
  private static func centred(_ operations: [String]) -> [String] {
    operations.flatMap { operation in
      let parts = operation.split(separator: ",")
      return [("", "", ""), ("+2/3", "+1/3", "+1/3"), ("+1/3", "+2/3", "+2/3")].map {
        "\(parts[0])\($0.0),\(parts[1])\($0.1),\(parts[2])\($0.2)"
      }
    }
  }

  private static let r3c = ["x,y,z", "-y,x-y,z", "-x+y,-x,z", "-y,-x,z+1/2", "-x+y,y,z+1/2", "x,x-y,z+1/2"]
  private static let rBar3c =
    ["x,y,z", "-y,x-y,z", "-x+y,-x,z", "y,x,-z+1/2", "x-y,-y,-z+1/2", "-x,-x+y,-z+1/2"]
    + ["-x,-y,-z", "y,-x+y,-z", "x-y,x,-z", "-y,-x,z+1/2", "-x+y,y,z+1/2", "x,x-y,z+1/2"]

  /// BiFeO3 at 298 K on hexagonal axes: Palewicz et al., Acta Cryst. B 63, 537 (2007).
  static let bismuthFerrite = file(
    cell: ["5.57882(5)", "5.57882(5)", "13.86932(16)", "90", "90", "120"], operations: centred(r3c),
    sites: [
      "Bi1 0 0 0 0.0054(8)", "Fe1 0 0 0.22021(10) 0.0047(7)", "O1 0.4469(3) 0.0181(4) 0.95183(14) 0.0081(3)",
    ], siteTags: ["label", "fract_x", "fract_y", "fract_z", "U_iso_or_equiv"])

  /// A rhombohedral perovskite of the shape of LaAlO3, its octahedra turned by atan(2√3 · 0.028) = 5.54° about [111].
  static let hexagonalAluminate = file(
    cell: ["5.365", "5.365", "13.11", "90", "90", "120"], operations: centred(rBar3c),
    sites: ["La 0 0 0.25", "Al 0 0 0", "O 0.528 0 0.25"])

  /// The same crystal on rhombohedral axes. With hexagonal axes a and c: edge √(a²/3 + c²/9), sin(α/2) = a / 2 edge;
  /// O at (x, 0, ¼) becomes (¼ + x, ¼ − x, ¼).
  static func rhombohedralAluminate(edge: Double, angleDeg: Double) -> String {
    file(
      cell: ["\(edge)", "\(edge)", "\(edge)", "\(angleDeg)", "\(angleDeg)", "\(angleDeg)"],
      operations: ["x,y,z", "z,x,y", "y,z,x", "-y+1/2,-x+1/2,-z+1/2", "-z+1/2,-y+1/2,-x+1/2", "-x+1/2,-z+1/2,-y+1/2"]
        + ["-x,-y,-z", "-z,-x,-y", "-y,-z,-x", "y+1/2,x+1/2,z+1/2", "z+1/2,y+1/2,x+1/2", "x+1/2,z+1/2,y+1/2"],
      sites: ["La 0.25 0.25 0.25", "Al 0 0 0", "O 0.778 -0.278 0.25"])
  }

  /// CaTiO3 of COD 9006172 in the setting Pbnm and in Pnma: (a, b, c) becomes (b, c, a).
  static let titanatePbnm = file(
    cell: ["5.3785", "5.4419", "7.6400", "90", "90", "90"],
    operations: [
      "x,y,z", "x,y,1/2-z", "-x,-y,1/2+z", "1/2+x,1/2-y,1/2+z", "1/2-x,1/2+y,1/2-z", "1/2-x,1/2+y,z", "1/2+x,1/2-y,-z",
      "-x,-y,-z",
    ],
    sites: [
      "CaA 0.99280 0.03300 0.25", "TiB 0 0.5 0", "OA1 0.07220 0.48930 0.25", "OA2 0.71740 0.28420 0.03460",
    ], formula: "Ca O3 Ti")
  static let titanatePnma = file(
    cell: ["5.4419", "7.6400", "5.3785", "90", "90", "90"],
    operations: [
      "x,y,z", "x,1/2-y,z", "-x,1/2+y,-z", "1/2-x,1/2+y,1/2+z", "1/2+x,1/2-y,1/2-z", "1/2+x,y,1/2-z", "1/2-x,-y,1/2+z",
      "-x,-y,-z",
    ],
    sites: ["Ca 0.03300 0.25 0.99280", "Ti 0.5 0 0", "O1 0.48930 0.25 0.07220", "O2 0.28420 0.03460 0.71740"])

  static let rutile = file(
    cell: ["4.594", "4.594", "2.959", "90", "90", "90"],
    operations: [
      "x,y,z", "-x,-y,z", "-y+1/2,x+1/2,z+1/2", "y+1/2,-x+1/2,z+1/2", "-x+1/2,y+1/2,-z+1/2", "x+1/2,-y+1/2,-z+1/2",
      "y,x,-z", "-y,-x,-z",
    ], sites: ["Ti 0 0 0", "O 0.305 0.305 0"])
}
