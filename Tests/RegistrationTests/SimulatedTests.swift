// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import TestSupport
import Testing

@testable import Registration

/// Independent multislice images of one superlattice cell, laid out as a crystal: contrast as it is, tilts and all.
@Suite("Registration of simulated tilted crystals", .enabled(if: SharedData.hasReference, "needs ../shared/refdata"))
struct SimulatedTests {
  /// float32 [3, 20, 28]: thickness, x = [110] over √2 a_pc, y = [001] over 2 a_pc; a B column at (0, 0).
  private func cell(_ name: String, thickness: Int) throws -> [Float] {
    let data = try Data(contentsOf: SharedData.reference.appendingPathComponent("\(name)_ABF.npy"))
    let header = 10 + Int(data[8]) + 256 * Int(data[9])
    let values = data.dropFirst(header).withUnsafeBytes { raw in
      (0..<(3 * 20 * 28)).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    return Array(values[(thickness * 560)..<((thickness + 1) * 560)])
  }

  /// The crystal at `lattice`, by trigonometric interpolation, under a Gaussian source of 0.7 Å FWHM.
  private func image(_ cell: [Float], lattice: Lattice, side: Int, noise: Double) -> Image {
    var terms: [(h: Double, k: Double, value: Complex)] = []
    for h in -6...6 {
      for k in -8...8 {
        var sum = Complex.zero
        for x in 0..<20 {
          for y in 0..<28 {
            let turn = -2 * Double.pi * (Double(h * x) / 20 + Double(k * y) / 28)
            sum = sum + (Double(cell[28 * x + y]) / 560) * Complex(phase: turn)
          }
        }
        // Cycles per Å of (h, k) over √2 a × 2 a; the source's variance is (0.7 Å / 2.355)².
        let g = Vector2(Double(h) / (3.905 * 2.0.squareRoot()), Double(k) / (2 * 3.905))
        terms.append((Double(h), Double(k), exp(-2 * .pi * .pi * g.dot(g) * pow(0.7 / 2.355, 2)) * sum))
      }
    }
    var random = SeededRandom(seed: 11)
    var image = Image(width: side, height: side)
    for y in 0..<side {
      for x in 0..<side {
        let c = lattice.coordinates(of: Vector2(Double(x), Double(y)))
        var value = noise * random.gaussian()
        for term in terms {
          value += (term.value * Complex(phase: Double.pi * (term.h * c.x + term.k * c.y))).re
        }
        image[x, y] = Float(value)
      }
    }
    return image
  }

  @Test(
    "B columns to 0.1 Å in untilted and tilted SrTiO3 of 5 and 10 nm",
    arguments: [("t000", 1), ("t000", 2), ("t53m4", 1), ("t53m4", 2), ("t5m50", 1), ("t5m50", 2)])
  func tilted(name: String, thickness: Int) throws {
    let angle = 0.6
    let truth = Lattice(
      origin: Vector2(61.3, 70.2), a: (19 / 2.0.squareRoot()) * Vector2(cos(angle), sin(angle)),
      b: 19 * Vector2(-sin(angle), cos(angle)))
    let image = image(try cell(name, thickness: thickness), lattice: truth, side: 160, noise: 0.02)
    let result = try Registrar().register(image)
    #expect(result.lattice.largestError(against: truth, width: 160, height: 160) < 0.1 * 19 / 3.905)
    #expect(result.siteConfidence > 0.9)
  }
}
