// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Testing

@Suite struct GlazerSymbolTests {
  @Test(arguments: [
    ("--+", SIMD3(8.04, 8.0, 7.6), "a-a-c+"), ("00+", SIMD3(0, 0, 5), "a0a0c+"), ("---", SIMD3(7, 7, 7), "a-a-a-"),
    ("--+", SIMD3(0, 0, 5), "a0a0c+"), ("-++", SIMD3(3, -5, 3), "a-b+a+"), ("-++", SIMD3(3, -5, 4), "a-b+c+"),
    ("-00", SIMD3(3, 0, 0), "a-b0b0"), ("0--", SIMD3(9, 4, -4), "a0b-b-"), ("000", SIMD3(1, 2, 3), "a0a0a0"),
  ])
  func fromPatternAndAngles(pattern: String, degrees: SIMD3<Double>, symbol: String) throws {
    let tilt = TiltAngles(alpha: degrees.x, beta: degrees.y, gamma: degrees.z)
    let made = GlazerSymbol(pattern: try #require(TiltPattern(pattern)), tilt: tilt)
    #expect(made.description == symbol)
    #expect(GlazerSymbol(symbol) == made)
  }

  @Test func toleranceDecidesWhatIsEqualAndWhatIsZero() throws {
    let pattern = try #require(TiltPattern("--+"))
    let tilt = TiltAngles(alpha: 5, beta: 5.3, gamma: 0.2)
    #expect(GlazerSymbol(pattern: pattern, tilt: tilt).description == "a-b-c+")
    #expect(GlazerSymbol(pattern: pattern, tilt: tilt, toleranceDeg: 0.35).description == "a-a-c0")
  }

  @Test func readsAnyLettersAndWritesTheNormalForm() {
    #expect(GlazerSymbol("b-b-a+")?.description == "a-a-c+")
    #expect(GlazerSymbol("a0b0c+")?.description == "a0a0c+")
    for wrong in ["", "a-a-", "a-a-c+c", "a0a+c-", "d-d-d-", "a-a-c*", "--+"] { #expect(GlazerSymbol(wrong) == nil) }
  }

  @Test func everyPatternHasASymbolThatReadsBack() {
    #expect(Set(TiltPattern.all).count == 27)
    for pattern in TiltPattern.all {
      for degrees in [SIMD3(1.0, 2, 3), SIMD3(2, 2, 3), SIMD3(2, 3, 2), SIMD3(3, 2, 2), SIMD3(2, 2, 2)] {
        let tilt = TiltAngles(alpha: degrees.x, beta: degrees.y, gamma: degrees.z)
        let symbol = GlazerSymbol(pattern: pattern, tilt: tilt)
        #expect(symbol.pattern == pattern)
        #expect(GlazerSymbol(symbol.description) == symbol)
      }
    }
  }
}
