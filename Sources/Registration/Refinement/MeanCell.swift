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
  /// Values at the B column, the A-O column (½ along b), the oxygen column (½ along a) and the gap between them (½ along
  /// both), units of `contrast`, 0 is the mean of the image.
  let siteValues: SIMD4<Double>

  /// Finds the sites for dark columns.
  ///
  /// The projection has four centres of inversion per cell, half a step apart: B, A-O and oxygen columns and the gap. In an
  /// ABF image the gap is the brightest of them whatever the species are; B stands half a step along both axes from it.
  /// That oxygen lies beside B along a and beside the gap along b follows.
  init(_ factors: StructureFactors) {
    self.factors = factors
    (contrast, skewness) = Self.moments(factors)
    let centre = Self.inversionCentre(factors)
    var values = SIMD4<Double>.zero
    for site in 0..<4 {
      values[site] = Self.value(factors, centre.u + Self.offsets[site].u, centre.v + Self.offsets[site].v)
    }
    var gap = 0
    for site in 1..<4 where values[site] > values[gap] { gap = site }
    let b = (u: centre.u + Self.offsets[gap].u + 0.5, v: centre.v + Self.offsets[gap].v + 0.5)
    siteB = (b.u - b.u.rounded(.down), b.v - b.v.rounded(.down))
    for site in 0..<4 {
      values[site] = Self.value(factors, b.u + Self.offsets[site].u, b.v + Self.offsets[site].v)
    }
    siteValues = contrast > 0 ? values / contrast : .zero
  }

  /// Whether the sites look like those of a bright-field image: B and A-O darker than the mean, O not clearly brighter, and
  /// A-O not lost beside B.
  ///
  /// Where the contrast has turned (simulated perovskites of 5 to 18 nm beyond about +20 or −40 Å of defocus), the brightest
  /// site is a column and not the gap. The columns then put in the place of B or A-O are bright, or B's place is taken by
  /// A-O, which outweighs all others there.
  var hasBrightFieldSites: Bool {
    let (b, a, oxygen) = (siteValues[0], siteValues[1], siteValues[2])
    return b < 0.1 && a < -0.4 && oxygen < 0.9 && b > a - 3
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
