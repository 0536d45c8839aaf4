// SPDX-License-Identifier: GPL-3.0-or-later

/// How well the mean cell of an image is known, from the scatter between parts of the image.
enum SiteNoise {
  /// Standard deviation of the mean cell, as a share of its length; `cellsAcross` is the number of cells along the shorter
  /// side of the image: parts hold at least two.
  static func relative(_ tiles: TileDemodulator, fit: LatticePhaseFit, cellsAcross: Double) -> Double {
    let perAxis = max(2, min(4, Int(cellsAcross / 2)))
    var totalWeight = 0.0
    for tile in 0..<tiles.tileCount { totalWeight += tiles.weights[tile] }
    let norm = totalWeight * tiles.pixelsPerTile
    var (squares, power) = (0.0, 0.0)
    for index in 0..<Reflections.count { power += fit.factors[index].squaredMagnitude }
    for partY in 0..<perAxis {
      for partX in 0..<perAxis {
        let (part, weight) = partFactors(tiles, fit: fit, partX: partX, partY: partY, perAxis: perAxis)
        for index in 0..<Reflections.count {
          // What the part holds beyond its share of the mean.
          let rest = (1 / norm) * part[index] - (weight / totalWeight) * fit.factors[index]
          squares += rest.squaredMagnitude
        }
      }
    }
    let count = Double(perAxis * perAxis)
    guard power > 0 else { return 1 }
    return (squares * count / (count - 1) / power).squareRoot()
  }

  private static func partFactors(
    _ tiles: TileDemodulator, fit: LatticePhaseFit, partX: Int, partY: Int, perAxis: Int
  ) -> (factors: StructureFactors, weight: Double) {
    var (factors, weight) = (StructureFactors(repeating: .zero), 0.0)
    for tileY in (partY * tiles.tilesY / perAxis)..<((partY + 1) * tiles.tilesY / perAxis) {
      for tileX in (partX * tiles.tilesX / perAxis)..<((partX + 1) * tiles.tilesX / perAxis) {
        weight += tiles.weights[tileY * tiles.tilesX + tileX]
        for index in 0..<Reflections.count where tiles.isUsable[index] {
          factors[index] =
            factors[index] + fit.contribution(tiles, tile: tileY * tiles.tilesX + tileX, reflection: index)
        }
      }
    }
    return (factors, weight)
  }
}
