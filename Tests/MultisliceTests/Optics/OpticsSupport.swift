// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Testing

@testable import Multislice

/// A small case that everything about the optics can be tried on: seconds for many probes.
enum SmallCase {
  static func cell() throws -> CrystalCell {
    let material = try #require(Material.named("SrTiO3"))
    return Perovskite(material: material, tilt: TiltAngles(alpha: 5, beta: 3, gamma: -4)).cell().centredInSlices(4)
  }

  static var conditions: ImagingConditions {
    var conditions = ImagingConditions()
    conditions.mesh = SIMD2(2, 2)
    conditions.edges = .hard
    conditions.samplingA = 0.15
    conditions.thicknessesNm = [2.2]
    return conditions
  }

  static func positions(_ cell: CrystalCell, nx: Int, ny: Int) -> [SIMD2<Double>] {
    (0..<nx * ny).map {
      SIMD2(Double($0 / ny) * cell.lengthsA.x / Double(nx), Double($0 % ny) * cell.lengthsA.y / Double(ny))
    }
  }
}
