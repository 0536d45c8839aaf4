// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// Mean cells of many crystals and instruments, and which of them a mean cell looks like when its origin is put on each of
/// its four centres of inversion.
///
/// A cell is nine numbers: its structure factors about the B column, real by symmetry and equal for k and −k, each times
/// the square root of how often it occurs, together of length 1. Templates are points of that sphere (`SiteTemplates`:
/// emulated ABF images of eight perovskites with three tilt patterns, 4 to 20 nm, ±40 Å of defocus, 3 mrad of mistilt,
/// sources of 0.3 to 1.2 Å, tilts of up to 9°, so many that none of 8,000 was further than 0.2 from one of them; and
/// Gaussian columns for dark field and for species that were not emulated). Their density is a sum of Gaussians about the templates.
enum SiteTable {
  /// (h, k) of the nine numbers.
  static let orders: [(h: Int, k: Int)] = [
    (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2),
  ]
  static let count = 9
  typealias Cell = InlineArray<9, Double>

  /// Width of a template: the distance between templates and what they leave out.
  private static let width = 0.15

  /// How often (h, k) and (h, −k) are two.
  static func multiplicity(_ index: Int) -> Double { orders[index].h != 0 && orders[index].k != 0 ? 2 : 1 }

  /// Weights of the eight hypotheses (ABF with the B column at each of the four `MeanCell.offsets`; dark field or inverted
  /// contrast, the same) and the distance to the nearest template of each.
  ///
  /// `cell` need not be normalised; numbers that are not usable are 0 and left out of the templates as well. `noise` is the
  /// standard deviation of the cell, as a share of its length. 8 · templates · 9 multiply-adds.
  static func compare(
    _ cell: Cell, noise: Double
  ) -> (weights: InlineArray<8, Double>, distances: InlineArray<8, Double>) {
    var length = 0.0
    for index in 0..<count { length += cell[index] * cell[index] }
    var logarithms = InlineArray<8, Double>(repeating: -.infinity)
    var distances = InlineArray<8, Double>(repeating: .infinity)
    guard length > 0 else { return (InlineArray<8, Double>(repeating: 0), distances) }
    let variance = width * width + min(noise, 0.3) * min(noise, 0.3)
    for site in 0..<4 {
      var moved = InlineArray<9, Float>(repeating: 0)
      for index in 0..<count {
        let (h, k) = orders[index]
        let half = (site & 2 != 0 ? h : 0) + (site & 1 != 0 ? k : 0)
        moved[index] = Float(cell[index] / length.squareRoot()) * (half.isMultiple(of: 2) ? 1 : -1)
      }
      let (dark, nearestDark) = density(moved, SiteTemplates.allBrightField, sign: 1, variance: variance)
      let (inverted, nearestInverted) = density(moved, SiteTemplates.allBrightField, sign: -1, variance: variance)
      let (bright, nearestBright) = density(moved, SiteTemplates.darkField, sign: 1, variance: variance)
      logarithms[site] = dark
      logarithms[4 + site] = max(inverted, bright) + log(1 + exp(-(inverted - bright).magnitude))
      distances[site] = nearestDark
      distances[4 + site] = min(nearestInverted, nearestBright)
    }
    var highest = -Double.infinity
    for hypothesis in 0..<8 { highest = max(highest, logarithms[hypothesis]) }
    var (weights, total) = (InlineArray<8, Double>(repeating: 0), 0.0)
    for hypothesis in 0..<8 {
      weights[hypothesis] = exp(logarithms[hypothesis] - highest)
      total += weights[hypothesis]
    }
    for hypothesis in 0..<8 { weights[hypothesis] /= total }
    return (weights, distances)
  }

  /// Logarithm of the mean of the Gaussians, and the distance to the nearest template.
  private static func density(
    _ cell: InlineArray<9, Float>, _ templates: [Float], sign: Float, variance: Double
  ) -> (logarithm: Double, distance: Double) {
    let templateCount = templates.count / count
    let steepness = Float(1 / variance)
    var (sum, nearest) = (0.0, Float(-1))
    templates.withUnsafeBufferPointer { values in
      for template in 0..<templateCount {
        var (product, length) = (Float(0), Float(1e-12))
        for index in 0..<count where cell[index] != 0 {
          let value = values[template * count + index]
          product += value * cell[index]
          length += value * value
        }
        let cosine = sign * product / length.squareRoot()
        // |x − t|² / 2σ² of two vectors of length 1.
        sum += Double(exp(steepness * (cosine - 1)))
        nearest = max(nearest, cosine)
      }
    }
    return (log(sum / Double(templateCount) + 1e-300), Double(max(0, 2 - 2 * nearest)).squareRoot())
  }
}
