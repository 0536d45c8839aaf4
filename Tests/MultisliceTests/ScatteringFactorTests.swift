// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport
import Testing

@testable import Multislice

@Suite struct ElectronTests {
  @Test func twoHundredKilovolts() {
    let electron = Electron(voltageKV: 200)
    #expect(abs(electron.wavelengthA - 0.025_079_340_3) < 1e-9)
    #expect(abs(electron.interactionConstant / 7.288_401e-4 - 1) < 1e-6)
  }
}

@Suite struct ScatteringFactorTests {
  /// The column named `k_invA` holds k² in 1/Å²: only so do the values agree with Kirkland's formula, and then to rounding.
  private struct Profiles: Decodable {
    var k2: [Double]
    var elements: [String: [Double]] = [:]

    private struct Key: CodingKey {
      var stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    private struct Element: Decodable {
      var scatteringFactor: [Double]

      enum CodingKeys: String, CodingKey { case scatteringFactor = "scattering_factor" }
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      k2 = try container.decode([Double].self, forKey: Key(stringValue: "k_invA"))
      for key in container.allKeys where ChemicalElement(symbol: key.stringValue) != nil {
        elements[key.stringValue] = try container.decode(Element.self, forKey: key).scatteringFactor
      }
    }
  }

  @Test(.enabled(if: SharedData.hasReference, "needs ../shared/refdata"))
  func kirklandFactorsToOnePartInAMillion() throws {
    let data = try Data(contentsOf: SharedData.reference.appendingPathComponent("kirkland_profiles.json"))
    let profiles = try JSONDecoder().decode(Profiles.self, from: data)
    #expect(profiles.elements.count == 8)
    for (symbol, expected) in profiles.elements {
      let scattering = KirklandScattering(try #require(ChemicalElement(symbol: symbol)))
      for (k2, value) in zip(profiles.k2, expected) {
        #expect(abs(scattering.factor(k2: k2) / value - 1) < 1e-6, "\(symbol) at k² = \(k2) 1/Å²")
      }
    }
  }

  /// Far out an atom scatters like its bare nucleus: f_e → 2 Z / (4π² a0 k²) (Mott–Bethe).
  @Test func rutherfordLimit() throws {
    for z in [8, 22, 38, 57] {
      let scattering = KirklandScattering(try #require(ChemicalElement(atomicNumber: z)))
      let k2 = 144.0
      let rutherford = Double(z) / (2 * Double.pi * Double.pi * 0.529_177 * k2)
      #expect(abs(scattering.factor(k2: k2) / rutherford - 1) < 0.05)
    }
  }

  @Test func symbols() {
    #expect(ChemicalElement(symbol: "ti")?.atomicNumber == 22)
    #expect(ChemicalElement(symbol: "Xx") == nil)
    #expect(ChemicalElement(atomicNumber: 104) == nil)
    #expect(ChemicalElement(atomicNumber: 38)?.symbol == "Sr")
  }
}
