// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

@testable import Emulator

@Suite("Designs of emulators")
struct EmulatorDesignTests {
  private func error(_ family: String = "SrTiO3:---:293", _ change: (inout EmulatorDesign) -> Void) throws -> String? {
    var design = EmulatorDesign()
    change(&design)
    let family = try #require(CrystalFamily(family))
    do throws(EmulatorError) {
      _ = try FamilySimulator(design: design, family: family)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test("what a design cannot be is said before anything is made of it")
  func refused() throws {
    #expect(try error { _ in } == nil)
    #expect(try error { ($0.innerMrad, $0.outerMrad) = (30, 30) }?.contains("inner angle") == true)
    #expect(try error { $0.defocusLimitA = 0 }?.contains("defocus") == true)
    #expect(try error { ($0.defocusLimitA, $0.defocusNodes) = (0, 1) } == nil)
    // A probe of less than half an order's width leaves classes of symmetry without any order.
    #expect(try error { $0.semiangleMrad = 2 }?.contains("semi-angle") == true)
    #expect(try error { $0.semiangleMrad = 3 } == nil)
  }

  @Test("series that the grid of 64 × 96 points does not hold are refused")
  func fineSeries() throws {
    #expect(try error { ($0.semiangleMrad, $0.voltageKV, $0.outerMrad) = (54, 300, 60) } == nil)
    let found = try error { ($0.semiangleMrad, $0.voltageKV, $0.outerMrad) = (60, 300, 60) }
    #expect(found?.contains("below 32 × 48 orders") == true)
    // Twice as wide a cell has twice the points.
    #expect(try error("SrTiO3:++-:293") { ($0.semiangleMrad, $0.voltageKV, $0.outerMrad) = (54, 300, 60) } == nil)
  }

  @Test("families of one file are of one instrument")
  func oneInstrument() {
    let design = EmulatorDesign()
    var other = design
    other.thicknessNm = [4, 10]
    #expect(design.isOfInstrument(other))
    other.outerMrad = 25
    #expect(!design.isOfInstrument(other))
  }
}
