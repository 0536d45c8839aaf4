// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

@testable import Emulator

@Suite("Crystal families")
struct CrystalFamilyTests {
  @Test(
    "text and file name lead back to the family",
    arguments: ["SrTiO3:---:293", "CaTiO3:--+:295.5", "LaAlO3:0+-:static"])
  func names(_ text: String) throws {
    let family = try #require(CrystalFamily(text))
    #expect(family.description == text)
    #expect(CrystalFamily(fileName: family.fileName) == family)
    #expect(!family.fileName.contains("/"))
    _ = try family.resolved()
  }

  @Test("other texts are refused", arguments: ["", "SrTiO3", "SrTiO3:---", "SrTiO3:---:warm", "a:b:c:d"])
  func refused(_ text: String) { #expect(CrystalFamily(text) == nil) }

  @Test(
    "families that cannot be are refused with what is known",
    arguments: ["Kryptonite:---:293", "SrTiO3:xyz:293", "SrTiO3:--:293", "SrTiO3:---:-4", "SrTiO3:---:nan"])
  func impossible(_ text: String) throws {
    let family = try #require(CrystalFamily(text))
    #expect(throws: EmulatorError.self) { try family.resolved() }
  }
}
