// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

@testable import Multislice

@Suite struct MistiltTests {
  /// A tilted beam sees the crystal sheared: layers at depth z displaced by −τ z. Here the crystal is sheared and the
  /// beam straight. The two differ by what the band limit, centred on the crystal's axis, cuts off.
  @Test func tiltedBeamIsAShearedCrystal() throws {
    let cell = try SmallCase.cell()
    let tiltMrad = SIMD2(6.0, -9.0)
    var conditions = SmallCase.conditions
    conditions.edges = .fractional
    conditions.samplingA = 0.11
    conditions.thicknessesNm = [cell.lengthsA.z * 6 / 10]
    conditions.probes = [ProbeConditions(), ProbeConditions()]
    conditions.probes[1].mistiltMrad = tiltMrad
    let images = BlochPRISM(cell: cell, conditions: conditions).spectra(threads: 2)[0][0].map { $0.image(nx: 6, ny: 8) }

    let periods = 6
    let dz = cell.lengthsA.z / 4
    var atoms: [Atom] = []
    for period in 0..<periods {
      for atom in cell.atoms {
        let slice = period * 4 + Int(atom.position.z * 4)
        let shift = -tiltMrad * 1e-3 * (Double(slice) * dz)
        atoms.append(
          Atom(
            element: atom.element,
            position: SIMD3(
              atom.position.x + shift.x / cell.lengthsA.x, atom.position.y + shift.y / cell.lengthsA.y,
              (atom.position.z + Double(period)) / Double(periods))))
      }
    }
    let sheared = CrystalCell(lengthsA: cell.lengthsA * SIMD3(1, 1, Double(periods)), atoms: atoms)
    conditions.probes = [ProbeConditions()]
    let expected = BlochPRISM(cell: sheared, conditions: conditions).spectra(threads: 2)[0][0][0].image(nx: 6, ny: 8)
    let error = relativeDifference(images[1][...], expected[...])
    let effect = relativeDifference(images[0][...], expected[...])
    print("mistilt against sheared crystal: \(error * 100) %, effect of the mistilt \(effect * 100) % of contrast")
    #expect(error < 0.04)
    #expect(effect > 10 * error)
  }

  /// The aperture of a run is as large as its largest mistilt asks; smaller ones must not notice.
  @Test func probesDoNotDisturbEachOther() throws {
    let cell = try SmallCase.cell()
    var conditions = SmallCase.conditions
    var probe = ProbeConditions(defocusA: 12)
    probe.mistiltMrad = SIMD2(1, 2)
    conditions.probes = [probe]
    let alone = BlochPRISM(cell: cell, conditions: conditions).spectra(threads: 1)[0][0][0]
    var other = ProbeConditions()
    other.mistiltMrad = SIMD2(-9, 5)
    conditions.probes = [other, ProbeConditions(), probe]
    let together = BlochPRISM(cell: cell, conditions: conditions).spectra(threads: 2)[0][0][2]
    for (l, r) in zip(alone.image(nx: 5, ny: 7), together.image(nx: 5, ny: 7)) { #expect(abs(l - r) < 1e-5) }
  }
}
