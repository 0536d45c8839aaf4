// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// The average projected cell of an image, as the sum of its reflections, and what stands where in it.
///
/// Cell coordinates (u, v) count cells along a and b from the reference of the structure factors.
struct MeanCell {
  let factors: StructureFactors
  /// Standard deviation of the cell, units of the image.
  let contrast: Double
  /// Third standardised moment. Dark columns on a bright ground near focus −0.7 … −2, up to +0.4 where defocus has begun to
  /// turn the contrast; dark field +1.5 … +2.6.
  let skewness: Double
  /// Where a B column stands, cell coordinates, 0 ≤ u, v < 1.
  let siteB: (u: Double, v: Double)
  /// Probability that B stands there and on none of the other three sites, in the more likely of bright and dark field, as
  /// far as the `SiteTable` knows cells.
  let siteConfidence: Double
  /// Probability that the contrast is dark field or inverted.
  let darkFieldProbability: Double
  /// Distance of the cell from the nearest of the table, 0 … 2, with its origin at `siteB`.
  let strangeness: Double
  /// Values at the B column, the A-O column (½ along b), the oxygen column (½ along a) and the gap between them (½ along
  /// both), units of `contrast`, 0 is the mean of the image.
  let siteValues: SIMD4<Double>

  /// Finds the sites.
  ///
  /// The projection has four centres of inversion per cell, half a step apart: B, A-O and oxygen columns and the gap. Which
  /// is which the `SiteTable` says. `noise` is the cell's standard deviation as a share of its length (`SiteNoise`).
  init(_ factors: StructureFactors, noise: Double = 0) {
    self.factors = factors
    (contrast, skewness) = Self.moments(factors)
    let centre = Self.inversionCentre(factors)
    let (weights, distances) = SiteTable.compare(Self.tableCell(factors, about: centre), noise: noise)
    var (brightField, best) = (0.0, 0)
    for site in 0..<4 {
      brightField += weights[site]
      if weights[site] > weights[best] { best = site }
    }
    var winner = best
    if brightField < 0.5 { for site in 4..<8 where weights[site] > weights[winner] || winner < 4 { winner = site } }
    best = winner % 4
    siteConfidence = weights[winner]
    darkFieldProbability = 1 - brightField
    strangeness = distances[winner]
    let b = (u: centre.u + Self.offsets[best].u, v: centre.v + Self.offsets[best].v)
    siteB = (b.u - b.u.rounded(.down), b.v - b.v.rounded(.down))
    var values = SIMD4<Double>.zero
    for site in 0..<4 {
      values[site] = Self.value(factors, b.u + Self.offsets[site].u, b.v + Self.offsets[site].v)
    }
    siteValues = contrast > 0 ? values / contrast : .zero
  }

  /// The nine numbers of `SiteTable` about a point.
  private static func tableCell(_ factors: StructureFactors, about centre: (u: Double, v: Double)) -> SiteTable.Cell {
    var cell = SiteTable.Cell(repeating: 0)
    for index in 0..<Reflections.count {
      let (h, k) = Reflections.indices[index]
      let phase = 2 * Double.pi * (Double(h) * centre.u + Double(k) * centre.v)
      for entry in 0..<SiteTable.count where SiteTable.orders[entry] == (h, k.magnitude == k ? k : -k) {
        // The mean of (h, k) and (h, −k), times the root of two, is their sum over the root of two.
        cell[entry] += (factors[index] * Complex(phase: phase)).re / SiteTable.multiplicity(entry).squareRoot()
      }
    }
    return cell
  }

  /// Share of the power in reflections of odd k: none where the cell is √2 too large (`ReciprocalLattice.turnedSmaller`).
  /// Emulated perovskites have 2 % or more up to ±25 Å of defocus, mostly above 10 %.
  var oddShare: Double {
    var (odd, all) = (0.0, 0.0)
    for index in 0..<Reflections.count {
      let power = factors[index].squaredMagnitude
      all += power
      if !Reflections.indices[index].k.isMultiple(of: 2) { odd += power }
    }
    return all > 0 ? odd / all : 0
  }

  /// B, A-O, O, gap, from B.
  static let offsets: [(u: Double, v: Double)] = [(0, 0), (0, 0.5), (0.5, 0), (0.5, 0.5)]

  /// Intensity above the mean at (u, v).
  static func value(_ factors: StructureFactors, _ u: Double, _ v: Double) -> Double {
    var sum = 0.0
    for index in 0..<Reflections.count {
      let (h, k) = Reflections.indices[index]
      sum += 2 * (factors[index] * Complex(phase: 2 * .pi * (Double(h) * u + Double(k) * v))).re
    }
    return sum
  }

  /// Standard deviation and skewness over the cell, on a grid finer than the highest reflection needs.
  private static func moments(_ factors: StructureFactors) -> (Double, Double) {
    let (columns, rows) = (10, 14)
    var (second, third) = (0.0, 0.0)
    for row in 0..<rows {
      for column in 0..<columns {
        let f = value(factors, Double(column) / Double(columns), Double(row) / Double(rows))
        second += f * f
        third += f * f * f
      }
    }
    let count = Double(rows * columns)
    let deviation = (second / count).squareRoot()
    return (deviation, deviation > 0 ? third / count / (deviation * deviation * deviation) : 0)
  }

  /// The point about which the cell is most nearly symmetric, modulo half steps: the maximum of Σ |F|² cos 2φ, φ the phase
  /// of F at that point.
  private static func inversionCentre(_ factors: StructureFactors) -> (u: Double, v: Double) {
    var squares = StructureFactors(repeating: .zero)
    for index in 0..<Reflections.count { squares[index] = factors[index] * factors[index] }
    var best = (u: 0.0, v: 0.0, symmetry: -Double.infinity)
    let (columns, rows) = (12, 16)
    for row in 0..<rows {
      for column in 0..<columns {
        let (u, v) = (0.5 * Double(column) / Double(columns), 0.5 * Double(row) / Double(rows))
        let symmetry = value(squares, 2 * u, 2 * v)
        if symmetry > best.symmetry { best = (u, v, symmetry) }
      }
    }
    var (u, v) = (best.u, best.v)
    for _ in 0..<5 {
      // Newton on the sum; the Hessian is negative definite near the maximum.
      var (gu, gv, uu, uv, vv) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for index in 0..<Reflections.count {
        let (h, k) = (4 * .pi * Double(Reflections.indices[index].h), 4 * .pi * Double(Reflections.indices[index].k))
        let term = squares[index] * Complex(phase: h * u + k * v)
        gu -= h * term.im
        gv -= k * term.im
        uu -= h * h * term.re
        uv -= h * k * term.re
        vv -= k * k * term.re
      }
      let determinant = uu * vv - uv * uv
      guard determinant > 0, uu < 0 else { break }
      // Never further than the grid's step.
      u -= min(0.05, max(-0.05, (vv * gu - uv * gv) / determinant))
      v -= min(0.05, max(-0.05, (uu * gv - uv * gu) / determinant))
    }
    return (u, v)
  }
}
