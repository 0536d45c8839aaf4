// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Inference
import Testing

/// Noise told from cells that tilt alike, on crystals whose noise is known.
@Suite struct FrameNoiseTests {
  static let lattice = Lattice(origin: Vector2(20, 15), a: Vector2(14.3, 0.4), b: Vector2(-0.5, 20.1))
  static let pixelA = 0.195
  static let cellAreaA2 = lattice.a.cross(lattice.b) * pixelA * pixelA

  /// Waves of the lattice and of a cell twice as large, of mean `level`, with white noise as of so many electrons per Å².
  static func image(side: Int = 220, level: Double = 100, dosePerA2: Double, ramp: Double = 0) -> Image {
    var random = SeededRandom(seed: 12)
    var image = Image(width: side, height: side)
    let spread = level / (dosePerA2 * pixelA * pixelA).squareRoot()
    for y in 0..<side {
      for x in 0..<side {
        let c = lattice.coordinates(of: Vector2(Double(x), Double(y)))
        let wave = 0.2 * cosine(c.x) + 0.15 * cosine(c.y) + 0.05 * cosine((c.x + c.y) / 2) + ramp * (c.x - 7)
        image[x, y] = Float(level * (1 + wave) + spread * random.gaussian())
      }
    }
    return image
  }

  private static func cosine(_ turns: Double) -> Double { cos(2 * Double.pi * turns) }

  static func dose(_ image: Image, saturationLevel: Float? = nil) -> Double? {
    FrameNoise.dosePerA2(
      of: image, saturationLevel: saturationLevel, lattice: LocalLattice(lattice), cellAreaA2: cellAreaA2)
  }

  @Test(arguments: [1e3, 1e4, 1e5]) func isTheDoseOfWhiteNoise(dosePerA2: Double) throws {
    let found = try #require(Self.dose(Self.image(dosePerA2: dosePerA2)))
    #expect(abs(found / dosePerA2 - 1) < 0.2, "\(found)")
    let slanted = try #require(Self.dose(Self.image(dosePerA2: dosePerA2, ramp: 0.01)))
    #expect(abs(slanted / found - 1) < 0.1, "\(slanted)")
  }

  @Test func needsCellsAndAMean() {
    #expect(Self.dose(Self.image(side: 90, dosePerA2: 1e4)) == nil)
    #expect(Self.dose(Image(width: 220, height: 220, fill: 0)) == nil)
    #expect(Self.dose(Self.image(level: -100, dosePerA2: 1e4)) == nil)
    #expect(Self.dose(Image(width: 220, height: 220, fill: .nan)) == nil)
    #expect(Self.dose(Self.image(dosePerA2: 1e4), saturationLevel: 1) == nil)
  }
}
