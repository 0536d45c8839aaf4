// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import TestSupport
import Testing

@testable import Multislice

private func structure(_ cif: String) throws -> PerovskiteStructure {
  try PerovskiteStructure(try CIF.unitCell(cif, path: "test.cif"), path: "test.cif")
}

/// Largest distance of an atom of `a` from the nearest of its kind in `b`, Å; infinite for unlike cells.
private func worstDistance(_ a: CrystalCell, _ b: CrystalCell) -> Double {
  guard a.atoms.count == b.atoms.count, length(a.lengthsA - b.lengthsA) < 0.01 else { return .infinity }
  return a.atoms.map { atom in
    b.atoms.filter { $0.element == atom.element }.map { other in
      let d = other.position - atom.position
      return length((d - d.rounded(.toNearestOrEven)) * a.lengthsA)
    }.min() ?? .infinity
  }.max() ?? .infinity
}

/// Sizes of the three angles, smallest first.
private func sizes(_ tilt: TiltAngles) -> [Double] { [tilt.alpha, tilt.beta, tilt.gamma].map(abs).sorted() }

@Suite struct ZoneTests {
  /// The forward model and the analysis are inverse to each other: every pattern, seen along every zone, gives rotations
  /// from which `Perovskite` builds the very cell that the zone shows.
  @Test(arguments: TiltPattern.all)
  func analysisOfABuiltCrystalBuildsItAgain(pattern: TiltPattern) throws {
    let material = try #require(Material.named("CaTiO3"))
    let tilt = TiltAngles(alpha: 5, beta: 3, gamma: -4)
    let built = Perovskite(material: material, tilt: tilt, pattern: pattern)
    let cell = built.cell()
    let l = cell.lengthsA
    let basis = Basis(SIMD3(l.x, 0, 0), SIMD3(0, l.y, 0), SIMD3(0, 0, l.z))
    let found = try PerovskiteStructure(UnitCell(basis: basis, atoms: cell.atoms), path: "built")
    let active = pattern.active(tilt)
    #expect(found.rotations.residualDeg < 1e-9)
    #expect(Set(found.rotations.pattern.senses.map(\.rawValue)) == Set(active.senses.map(\.rawValue)))
    for zone in ZoneAxis.allCases {
      let view = try found.view(along: zone, path: "built")
      let again = Perovskite(material: material, tilt: view.rotations.tilt, pattern: view.rotations.pattern)
      let rebuilt = again.cell(again.smallestPeriods)
      #expect(worstDistance(view.cell, rebuilt) < 1e-6, "\(pattern) along \(zone)")
      #expect(view.shear < 1e-9)
    }
  }

  @Test(.enabled(if: SharedData.hasMicrographs, "needs ../shared/realdata"))
  func calciumTitanateOfTheDatabase() throws {
    let path = SharedData.micrographs.appendingPathComponent("structures/CaTiO3-Perovskite.cif").path
    let view = try StructureFile.readPerovskite(path: path).view(path: path)
    #expect(view.rotations.pattern.description == "--+" && view.rotations.symbol.description == "a-a-c+")
    let found = view.rotations.tilt
    #expect(abs(abs(found.alpha) - 8.0) < 0.1 && abs(abs(found.beta) - 8.0) < 0.1 && abs(abs(found.gamma) - 7.6) < 0.1)
    #expect(view.cell.atoms.count == 20 && abs(view.cell.lengthsA.y - 7.64) < 1e-9 && view.shear < 1e-9)
    let table = try #require(Material.named("CaTiO3"))
    #expect(zip(sizes(found), sizes(table.rotation.tilt)).allSatisfy { abs($0 - $1) < 0.01 })
    let displacements = try StructureFile.readPerovskite(path: path).unitCell.meanSquareDisplacements
    #expect(abs((displacements[table.a] ?? 0) - table.meanSquareDisplacements.a) < 1e-9)
    #expect(abs((displacements[.oxygen] ?? 0) - table.meanSquareDisplacements.oxygen) < 1e-5)
    let cubic = SharedData.micrographs.appendingPathComponent("structures/SrTiO3-Tausonite.cif").path
    let titanate = try StructureFile.readPerovskite(path: cubic)
    #expect(titanate.a.map(\.symbol) == ["Sr"] && titanate.b.map(\.symbol) == ["Ti"])
    #expect(titanate.rotations.symbol.description == "a0a0a0")
    #expect(try titanate.view(path: cubic).cell.atoms.count == 10)
  }

  @Test func settingsOfOneCrystalAgree() throws {
    let pbnm = try structure(CIFTexts.titanatePbnm)
    let pnma = try structure(CIFTexts.titanatePnma)
    #expect(pbnm.rotations.symbol == pnma.rotations.symbol)
    #expect(zip(sizes(pbnm.rotations.tilt), sizes(pnma.rotations.tilt)).allSatisfy { abs($0 - $1) < 1e-6 })
    let first = try pbnm.view(path: "").cell.lengthsA
    let second = try pnma.view(path: "").cell.lengthsA
    #expect(abs(first.y - second.y) < 1e-9 && abs(first.x * first.z - second.x * second.z) < 1e-6)

    let hexagonal = try structure(CIFTexts.hexagonalAluminate)
    let edge = (5.365 * 5.365 / 3 + 13.11 * 13.11 / 9).squareRoot()
    let rhombohedral = try structure(
      CIFTexts.rhombohedralAluminate(edge: edge, angleDeg: 2 * asin(5.365 / (2 * edge)) * 180 / .pi))
    for crystal in [hexagonal, rhombohedral] {
      #expect(crystal.rotations.symbol.description == "a-a-a-")
      // atan(2√3 · 0.028) = 5.54° about [111]; linear: 5.56°, 3.21° about each axis.
      #expect(sizes(crystal.rotations.tilt).allSatisfy { abs($0 - 3.21) < 0.02 }, "\(crystal.rotations.tilt)")
      #expect(crystal.rotations.residualDeg < 1e-3)
    }
    let views = try [hexagonal, rhombohedral].map { try $0.view(path: "") }
    #expect(views.allSatisfy { $0.cell.atoms.count == 20 })
    #expect(abs(views[0].shear - views[1].shear) < 2e-3 && views[0].shear < 0.005)
  }

  @Test func polarCrystalOnHexagonalAxes() throws {
    let crystal = try structure(CIFTexts.bismuthFerrite)
    #expect(crystal.a.map(\.symbol) == ["Bi"] && crystal.b.map(\.symbol) == ["Fe"])
    #expect(crystal.rotations.symbol.description == "a-a-a-")
    #expect(sizes(crystal.rotations.tilt).allSatisfy { abs($0 - 7.1) < 0.1 }, "\(crystal.rotations.tilt)")
    #expect(abs(crystal.axes.volume - 373.83 / 6) < 0.01)
    let view = try crystal.view(path: "")
    #expect(view.cell.atoms.count == 20 && view.shear > 0.001 && view.shear < 0.015)
    let oxygen = try #require(crystal.unitCell.meanSquareDisplacements[.oxygen])
    #expect(abs(oxygen - 0.0081) < 1e-9)
    // The table of materials says the same.
    let material = try #require(Material.named("BiFeO3"))
    #expect(abs(material.pseudoCubicA - cbrt(crystal.axes.volume)) < 0.001)
    #expect(abs(material.rotation.tilt.alpha - sizes(crystal.rotations.tilt)[1]) < material.rotation.uncertaintyDeg)
  }

  @Test func writtenCellReadsBack() throws {
    let view = try structure(CIFTexts.titanatePbnm).view(path: "")
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("glazer-\(UUID().uuidString).xyz").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try ExtendedXYZ.write(view.cell, path: path)
    #expect(worstDistance(try StructureFile.read(path: path), view.cell) < 2e-6)
    #expect(throws: StructureError.self) { try ExtendedXYZ.write(view.cell, path: "/nonexistent/cell.xyz") }
  }
}
