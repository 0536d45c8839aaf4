// SPDX-License-Identifier: GPL-3.0-or-later

extension Material {
  /// The materials glazer knows, at room temperature.
  ///
  /// Pseudo-cubic edges are the cube root of the volume per formula unit, rounded to 0.001 to 0.005 Å; that of SrTiO3 is the
  /// one of the reference simulations (COD 9006864 has 3.90528). Angles are those of `RotationAnalysis` on the coordinates
  /// of the source, about pseudo-cubic axes, as linear rotation vectors.
  ///
  /// How far each number can be trusted:
  /// - CaTiO3 in full is COD 9006172, SrTiO3's lattice and symmetry are COD 9006864, BiFeO3 in full is the deposited table
  ///   of the paper named: read from these sources.
  /// - SrTiO3's displacements are the values that STEM simulations commonly quote from the paper named, to two digits.
  /// - Lattices and angles of LaAlO3, LaFeO3, LaMnO3, SrRuO3, NdGaO3, YAlO3 and NdAlO3 are "quoted from" the papers named, without the
  ///   papers at hand; the stated uncertainty allows for that. LaMnO3's agree to 0.2° with a second
  ///   refinement of neutron data, the example in the manual of PDFFIT.
  /// - Displacements marked `typical` belong to no paper: they lie in the middle of what refinements of such oxides give
  ///   at room temperature (A 0.005 to 0.009, B 0.003 to 0.006, O 0.007 to 0.011 Å²).
  public static let known: [Material] = [
    Material(
      "SrTiO3", a: "Sr", b: "Ti", pseudoCubicA: 3.905,
      latticeSource: "Mitchell, Chakhmouradian, Woodward, Phys. Chem. Minerals 27, 583 (2000), COD 9006864",
      rotation: ("000", SIMD3(0, 0, 0), 0, "cubic above 105 K: COD 9006864, Pm-3m"),
      thermal: ThermalFactors(
        a: 0.0079, b: 0.0056, oxygen: 0.0093, temperatureK: 293,
        source: .quoted("Abramov, Tsirelson, Zavodnik, Ivanov, Brown, Acta Cryst. B 51, 942 (1995)"))),
    Material(
      "CaTiO3", a: "Ca", b: "Ti", pseudoCubicA: 3.824,
      latticeSource: "Liu, Liebermann, Phys. Chem. Minerals 20, 171 (1993), COD 9006172",
      rotation: ("--+", SIMD3(8.08, 8.08, 7.66), 0.1, "COD 9006172"),
      // O is the mean of O1 (0.00760, one of three) and O2 (0.00887, two of three).
      thermal: ThermalFactors(
        a: 0.01646, b: 0.0076, oxygen: 0.00845, temperatureK: 298,
        source: .refined("Liu, Liebermann, Phys. Chem. Minerals 20, 171 (1993), COD 9006172"))),
    Material(
      "LaAlO3", a: "La", b: "Al", pseudoCubicA: 3.790,
      latticeSource: "quoted from Lehnert et al., Z. Kristallogr. 215, 536 (2000)",
      rotation: (
        "---", SIMD3(3.3, 3.3, 3.3), 0.3,
        "5.7° about [111], quoted from Hayward et al., Phys. Rev. B 72, 054110 (2005)"
      ), thermal: typical(a: 0.0065)),
    Material(
      "BiFeO3", a: "Bi", b: "Fe", pseudoCubicA: 3.964, latticeSource: palewicz,
      rotation: ("---", SIMD3(7.1, 7.1, 7.1), 0.1, palewicz),
      thermal: ThermalFactors(a: 0.0054, b: 0.0047, oxygen: 0.0081, temperatureK: 298, source: .refined(palewicz))),
    Material(
      "LaFeO3", a: "La", b: "Fe", pseudoCubicA: 3.930,
      latticeSource: "quoted from Marezio, Dernier, Mater. Res. Bull. 6, 23 (1971)",
      rotation: ("--+", SIMD3(8.8, 8.8, 7.1), 1, "quoted from Marezio, Dernier, Mater. Res. Bull. 6, 23 (1971)"),
      thermal: typical(a: 0.0065)),
    Material(
      "LaMnO3", a: "La", b: "Mn", pseudoCubicA: 3.941, latticeSource: rodriguezCarvajal,
      rotation: ("--+", SIMD3(8.6, 8.6, 9.3), 0.3, rodriguezCarvajal), thermal: typical(a: 0.0065)),
    Material(
      "SrRuO3", a: "Sr", b: "Ru", pseudoCubicA: 3.923, latticeSource: jones,
      rotation: ("--+", SIMD3(6.2, 6.2, 5.9), 0.5, jones), thermal: typical(a: 0.0080)),
    Material(
      "NdGaO3", a: "Nd", b: "Ga", pseudoCubicA: 3.860, latticeSource: vasylechko,
      rotation: ("--+", SIMD3(9.5, 9.5, 9.4), 1, vasylechko), thermal: typical(a: 0.0065)),
    Material(
      "YAlO3", a: "Y", b: "Al", pseudoCubicA: 3.706, latticeSource: diehl,
      rotation: ("--+", SIMD3(9.9, 9.9, 10.3), 1, diehl), thermal: typical(a: 0.0065)),
    Material(
      "NdAlO3", a: "Nd", b: "Al", pseudoCubicA: 3.753, latticeSource: howard,
      rotation: ("---", SIMD3(5.4, 5.4, 5.4), 1, howard), thermal: typical(a: 0.0065)),
  ]

  private static let palewicz = "Palewicz, Przeniosło, Sosnowska, Hewat, Acta Cryst. B 63, 537 (2007), 298 K"
  private static let rodriguezCarvajal =
    "quoted from Rodríguez-Carvajal et al., Phys. Rev. B 57, R3189 (1998), COD 1006141"
  private static let jones = "quoted from Jones, Battle, Lightfoot, Harrison, Acta Cryst. C 45, 365 (1989)"
  private static let vasylechko = "quoted from Vasylechko et al., J. Alloys Compd. 297, 46 (2000)"

  private static let diehl = "quoted from Diehl, Brandt, Mater. Res. Bull. 10, 85 (1975)"
  private static let howard =
    "quoted from Howard, Kennedy, Chakoumakos, J. Phys. Condens. Matter 12, 349 (2000)"

  private static func typical(a: Double) -> ThermalFactors {
    ThermalFactors(a: a, b: 0.0045, oxygen: 0.0085, temperatureK: 293, source: .typical)
  }
}
