// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Testing

@testable import Multislice

/// The line with which a CIF is refused; nil when it is taken.
private func refusal(_ cif: String) -> String? {
  do {
    let unitCell = try CIF.unitCell(cif, path: "test.cif")
    let crystal = try PerovskiteStructure(unitCell, path: "test.cif")
    for zone in ZoneAxis.allCases { _ = try crystal.view(along: zone, path: "test.cif") }
    return nil
  } catch { return "\(error)" }
}

@Suite struct HostileCIFTests {
  private let good = CIFTexts.titanatePbnm

  @Test func refusalsNameTheReason() {
    #expect(refusal(good) == nil)
    let cases: [(String, String, String)] = [
      ("_cell_angle_beta 90", "_cell_angle_beta 179", "angles"),
      ("_cell_angle_beta 90", "_cell_angle_beta nan", "number"),
      ("_cell_length_a 5.3785", "_cell_length_a 1e9", "edges"),
      ("_cell_length_a 5.3785", "", "_cell_length_a"),
      ("'-x,-y,-z'", "'-x,-y,1e999-z'", "operation"),
      ("'-x,-y,-z'", "'-x,-y,1/0-z'", "operation"),
      ("OA1 0.07220", "OA1 1e300", "coordinates"),
      ("OA1 0.07220", "OA1 ?", "coordinates"),
      ("TiB 0 0.5 0", "Xx 0 0.5 0", "element"),
      ("OA1 0.07220 0.48930", "OA1 0.42220 0.48930", "octahedr"),
      ("TiB 0 0.5 0", "TiB 0 0.5 0\nCa2 0 0.5 0", "lies on another"),
      ("CaA 0.99280 0.03300 0.25", "", "1 : 1 : 3"),
    ]
    for (old, new, reason) in cases {
      let text = refusal(good.replacingOccurrences(of: old, with: new))
      #expect(text?.contains(reason) == true, "\(new): \(text ?? "taken")")
      #expect(text?.contains("\n") != true)
    }
    #expect(refusal(CIFTexts.rutile)?.contains("not a perovskite") == true)
    let salt = CIFTexts.file(
      cell: ["4", "4", "4", "90", "90", "90"], operations: ["x,y,z"], sites: ["Na 0 0 0", "Cl .5 .5 .5"])
    #expect(refusal(salt)?.contains("no oxygen") == true)
  }

  @Test func labelsThatAreNoElementAreReadWithTheFormula() throws {
    // OS1 would be osmium, were it not for the formula.
    let odd = good.replacingOccurrences(of: "OA1", with: "OS1").replacingOccurrences(of: "CaA", with: "CA")
    #expect(Set(try CIF.unitCell(odd, path: "").atoms.map(\.element.symbol)) == ["Ca", "Ti", "O"])
    let bare = odd.replacingOccurrences(of: "_chemical_formula_sum 'Ca O3 Ti'", with: "")
    #expect(Set(try CIF.unitCell(bare, path: "").atoms.map(\.element.symbol)) == ["Ca", "Ti", "O", "Os"])
  }

  @Test func partialOccupancyIsRefusedWithTheFacts() {
    let sites = [
      "Sr1 0.5 0.5 0.5 0.7", "La1 0.5 0.5 0.5 0.3", "Ti 0 0 0 1", "O 0.5 0 0 1", "O 0 0.5 0 1", "O 0 0 0.5 1",
    ]
    let text = refusal(
      CIFTexts.file(
        cell: ["3.9", "3.9", "3.9", "90", "90", "90"], operations: ["x,y,z"], sites: sites,
        siteTags: ["label", "fract_x", "fract_y", "fract_z", "occupancy"]))
    #expect(text?.contains("Sr1 0.7, La1 0.3") == true, "\(text ?? "taken")")
  }

  @Test func missingOperationsAreRefusedByName() {
    let bare = CIFTexts.file(cell: ["3.9", "3.9", "3.9", "90", "90", "90"], operations: [], sites: ["Ti 0 0 0"])
    #expect(refusal(bare)?.contains("symmetry operations") == true)
    let named = bare.replacingOccurrences(of: "loop_", with: "_symmetry_space_group_name_Hall '-P 4 2 3'\nloop_")
    #expect(refusal(named)?.contains("-P 4 2 3") == true)
  }

  @Test func sizesAreBounded() {
    let cell = ["30", "30", "30", "90", "90", "90"]
    let many = (0..<1001).map { "O\($0) 0.\($0) 0 0" }
    #expect(refusal(CIFTexts.file(cell: cell, operations: ["x,y,z"], sites: many))?.contains("1001 atom sites") == true)
    let operations = (0..<193).map { "x+\($0)/200,y,z" }
    #expect(refusal(CIFTexts.file(cell: cell, operations: operations, sites: ["O 0 0 0"]))?.contains("193") == true)
    let crowd = (10..<99).map { "O\($0) 0.\($0) 0 0.1" }
    let spread = (0..<192).map { "x,y+\(Double($0) / 192),z" }
    #expect(refusal(CIFTexts.file(cell: cell, operations: spread, sites: crowd))?.contains("4000 atoms") == true)
  }

  @Test func damagedFilesAreRefusedOrTaken() {
    // Digits, signs and tags changed at random: nothing may crash, whatever the numbers become.
    var random = SeededRandom(seed: 7)
    let replacements = Array("0123456789.-+eE/xyz'_ \n?#".utf8)
    for text in [good, CIFTexts.bismuthFerrite] {
      for _ in 0..<300 {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
          bytes[Int.random(in: 0..<bytes.count, using: &random)] =
            replacements[Int.random(in: 0..<replacements.count, using: &random)]
        }
        if let text = refusal(String(decoding: bytes, as: UTF8.self)) { #expect(!text.isEmpty) }
      }
    }
  }

  @Test func everyCutFileIsRefusedOrTaken() {
    // No prefix of a file may crash; the last ones lack the last sites and are no perovskites.
    for end in stride(from: 0, to: good.utf8.count, by: 7) {
      let cut = String(decoding: Array(good.utf8.prefix(end)), as: UTF8.self)
      if let text = refusal(cut) { #expect(!text.contains("\n")) }
    }
  }
}
