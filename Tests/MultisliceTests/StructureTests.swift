// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import TestSupport
import Testing

@testable import Multislice

/// Smallest distance between periodic positions, Å.
private func distance(_ a: SIMD3<Double>, _ b: SIMD3<Double>, _ lengths: SIMD3<Double>) -> Double {
  var d = a - b
  d -= d.rounded(.toNearestOrEven)
  d *= lengths
  return (d * d).sum().squareRoot()
}

private func refusal(_ text: String, ending: String) -> StructureError? {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("glazer-\(UUID().uuidString).\(ending)").path
  defer { try? FileManager.default.removeItem(atPath: path) }
  guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8)) else { return nil }
  do {
    _ = try StructureFile.read(path: path)
    return nil
  } catch { return error }
}

@Suite struct PerovskiteTests {
  @Test(arguments: [("---", 20), ("--+", 20), ("+--", 80), ("000", 20)])
  func everyOxygenHasTwoBSites(pattern: String, atoms: Int) throws {
    let material = try #require(Material.named("SrTiO3"))
    let tilt = TiltAngles(alpha: 6, beta: -3, gamma: 4)
    let cell = Perovskite(material: material, tilt: tilt, pattern: try #require(TiltPattern(pattern))).cell()
    #expect(cell.atoms.count == atoms)
    for oxygen in cell.atoms where oxygen.element.atomicNumber == 8 {
      let bonds = cell.atoms.filter { $0.element == material.b }
        .filter { distance($0.position, oxygen.position, cell.lengthsA) < 2.05 }
      #expect(bonds.count == 2)
    }
  }

  static let referenceTilts: [(String, TiltAngles)] = [
    ("t000", .zero), ("t53m4", TiltAngles(alpha: 5, beta: 3, gamma: -4)),
    ("t5m50", TiltAngles(alpha: 5, beta: -5, gamma: 0)),
  ]

  @Test(.enabled(if: SharedData.hasReference, "needs ../shared/refdata"), arguments: referenceTilts)
  func builtCellsEqualTheReference(name: String, tilt: TiltAngles) throws {
    let material = try #require(Material.named("SrTiO3"))
    let built = Perovskite(material: material, tilt: tilt).cell().centredInSlices(4)
    let reference = try StructureFile.read(path: "\(SharedData.reference.path)/\(name)_cell.xyz")
    #expect(built.atoms.count == reference.atoms.count)
    for atom in reference.atoms {
      let nearest =
        built.atoms.filter { $0.element == atom.element }
        .map { distance($0.position, atom.position, reference.lengthsA) }.min() ?? 9
      #expect(nearest < 1e-4)
    }
  }
}

@Suite struct StructureFileTests {
  @Test(.enabled(if: SharedData.hasMicrographs, "needs ../shared/realdata"))
  func orthorhombicCIF() throws {
    let path = SharedData.micrographs.appendingPathComponent("structures/CaTiO3-Perovskite.cif").path
    let cell = try StructureFile.read(path: path, beam: .a)
    #expect(cell.atoms.count == 20)
    let symbols = Dictionary(grouping: cell.atoms, by: \.element.symbol).mapValues(\.count)
    #expect(symbols == ["Ca": 4, "Ti": 4, "O": 12])
    #expect(abs(cell.lengthsA.z - 5.3785) < 1e-9 && abs(cell.lengthsA.y - 7.64) < 1e-9)
    let cubic = SharedData.micrographs.appendingPathComponent("structures/SrTiO3-Tausonite.cif").path
    #expect(try StructureFile.read(path: cubic).atoms.count == 5)
  }

  @Test func symmetryOperations() throws {
    let operation = try #require(SymmetryOperation("1/2-x, y+.5 ,-z"))
    #expect(operation.apply(SIMD3(0.1, 0.2, 0.3)) == SIMD3(0.4, 0.7, -0.3))
    for wrong in ["x,y", "x,y,w", "x,y,1/0", "x,,z", "", "x,y,z+"] { #expect(SymmetryOperation(wrong) == nil) }
  }

  @Test func badFilesAreRefusedWithAReason() {
    let lattice = "Lattice=\"4 0 0 0 4 0 0 0 4\""
    #expect(refusal("", ending: "xyz") != nil)
    #expect(refusal("2\n\(lattice)\nTi 0 0 0\n", ending: "xyz") != nil)
    #expect(refusal("1\n\(lattice)\nTi 0 nan 0\n", ending: "xyz") != nil)
    #expect(refusal("1\n\(lattice)\nQq 0 0 0\n", ending: "xyz") != nil)
    #expect(refusal("99999999999\n\(lattice)\n", ending: "xyz") != nil)
    #expect(refusal("1\nLattice=\"4 0 0 1 4 0 0 0 4\"\nTi 0 0 0\n", ending: "xyz") != nil)
    #expect(refusal("1\n\(lattice)\nTi 0 0 0\n", ending: "xyz") == nil)
    #expect(refusal("1\r\n\(lattice)\r\nTi 0 0 0\r\n", ending: "xyz") == nil)
    let cif = """
      data_test
      _cell_length_a 4.0(1)
      _cell_length_b 4
      _cell_length_c 4
      _cell_angle_alpha 90
      _cell_angle_beta 90
      _cell_angle_gamma 90
      _symmetry_space_group_name_H-M 'P 1'
      loop_
      _atom_site_label
      _atom_site_fract_x
      _atom_site_fract_y
      _atom_site_fract_z
      Ti1 0 0 0
      O1 .5 0 0
      """
    #expect(refusal(cif, ending: "cif") == nil)
    #expect(refusal(cif.replacingOccurrences(of: "_beta 90", with: "_beta 91"), ending: "cif") != nil)
    #expect(refusal(cif.replacingOccurrences(of: "'P 1'", with: "'P b n m'"), ending: "cif") != nil)
    #expect(refusal(cif.replacingOccurrences(of: "O1 .5 0 0", with: "O1 .5 0 ?"), ending: "cif") != nil)
    #expect(refusal(cif.replacingOccurrences(of: "Ti1", with: "Qq1"), ending: "cif") != nil)
  }
}

@Suite("Outputs of the multislice library")
struct OutputTests {
  @Test("nothing is put in the place of what is no regular file")
  func pipes() throws {
    let folder = try TemporaryDirectory()
    let pipe = folder.pipe("pipe")
    let array = NumpyArray(shape: [1], values: [1])
    #expect(throws: NumpyError.self) { try array.write(path: pipe) }
    let cell = Perovskite(material: try #require(Material.named("SrTiO3")), tilt: .zero).cell()
    #expect {
      try ExtendedXYZ.write(cell, path: pipe)
    } throws: {
      "\($0)".contains(pipe) && "\($0)".contains("no regular file")
    }
    #expect(folder.isPipe("pipe"))
  }
}

@Suite struct NumpyArrayTests {
  @Test func roundTripAndTruncation() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("glazer-\(UUID().uuidString).npy").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let array = NumpyArray(shape: [2, 3], values: [1, 2, 3, 4, 5, .infinity])
    try array.write(path: path)
    #expect(try NumpyArray.read(path: path) == array)
    let data = try #require(FileManager.default.contents(atPath: path))
    for count in [0, 5, 9, 40, data.count - 1] {
      #expect(FileManager.default.createFile(atPath: path, contents: data.prefix(count)))
      #expect(throws: NumpyError.self) { try NumpyArray.read(path: path) }
    }
  }
}
