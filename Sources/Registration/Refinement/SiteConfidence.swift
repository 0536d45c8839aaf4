// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

extension MeanCell {
  /// Probability that the brightest site is the gap, so that B is where `siteB` says, from the scatter between parts of the
  /// image; 0.5 is a coin's toss between two sites.
  ///
  /// `cellsAcross` is the number of cells along the shorter side of the image: parts hold at least two.
  func confidence(_ tiles: TileDemodulator, fit: LatticePhaseFit, cellsAcross: Double) -> Double {
    let perAxis = max(2, min(4, Int(cellsAcross / 2)))
    let weight = tiles.weights.reduce(0, +) * tiles.pixelsPerTile
    guard contrast > 0, weight > 0 else { return 0 }
    // Margin of the gap over B, A-O and O: sum over parts, and sum of squares about the mean.
    var sum = SIMD4<Double>.zero
    var squares = SIMD4<Double>.zero
    for partY in 0..<perAxis {
      for partX in 0..<perAxis {
        let factors = partFactors(tiles, fit: fit, partX: partX, partY: partY, perAxis: perAxis)
        let gap = value(factors, at: 3)
        let margin = SIMD4(gap - value(factors, at: 0), gap - value(factors, at: 1), gap - value(factors, at: 2), 0)
        sum += margin / (weight * contrast)
        squares += (margin / (weight * contrast)) * (margin / (weight * contrast))
      }
    }
    let count = Double(perAxis * perAxis)
    var probability = 1.0
    for site in 0..<3 {
      // Variance of a sum of `count` parts; the constant stands for what scatter does not show:
      // contrast that defocus and thickness have changed.
      let variance = max(0, squares[site] - sum[site] * sum[site] / count) * count / (count - 1) + 0.25 * 0.25
      probability *= 0.5 * (1 + erf(sum[site] / (2 * variance).squareRoot()))
    }
    return probability
  }

  private func value(_ factors: StructureFactors, at site: Int) -> Double {
    MeanCell.value(factors, siteB.u + Self.offsets[site].u, siteB.v + Self.offsets[site].v)
  }

  private func partFactors(
    _ tiles: TileDemodulator, fit: LatticePhaseFit, partX: Int, partY: Int, perAxis: Int
  ) -> StructureFactors {
    var factors = StructureFactors(repeating: .zero)
    for tileY in (partY * tiles.tilesY / perAxis)..<((partY + 1) * tiles.tilesY / perAxis) {
      for tileX in (partX * tiles.tilesX / perAxis)..<((partX + 1) * tiles.tilesX / perAxis) {
        for index in 0..<Reflections.count where tiles.isUsable[index] {
          factors[index] =
            factors[index] + fit.contribution(tiles, tile: tileY * tiles.tilesX + tileX, reflection: index)
        }
      }
    }
    return factors
  }
}
