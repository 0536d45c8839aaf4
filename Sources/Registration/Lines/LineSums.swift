// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// How every line of an image correlates with the mean cell at the places of a lattice, whatever its shift along x: the Fourier
/// sums of the line at the reflections that a shift along x moves most.
///
/// The correlation of line y with the mean cell, shifted by d pixels, is 2 Re Σ P(y, g) e^(2πi gx d). The memory is kept between
/// frames. Cost: two multiply-adds per pixel and reflection.
struct LineSums {
  /// Reflections that take part at most.
  static let most = 4

  /// Of the reflections that take part: index in `Reflections`, cycles per pixel along x.
  private(set) var reflections: [Int] = []
  private(set) var frequencies: [Double] = []
  /// P over the pixels that are there, [line][reflection]; NaN where most of the line is missing. Lines are `every` apart.
  private(set) var products: [SIMD2<Float>] = []
  private(set) var lineCount = 0

  private var strengths: [Double] = []
  private var cosines: [Float] = []
  private var sines: [Float] = []
  /// Sums of the tables.
  private var constants: [SIMD2<Float>] = []
  /// A line whose gaps are filled.
  private var filled: [Float] = []

  /// Rows that share tables where the lattice is bent, and pixels between which displacements are taken as straight.
  private static let bentRows = 16
  private static let knotDistance = 64
  /// Share of a line that has to be there.
  private static let leastShare = 0.5
  /// Share of the width over which the line fades in and out, so that the ground does not leak into the sums.
  private static let taper = 0.06

  /// Fills everything from each `every`-th line of `image`, on the columns of `local` with the mean cell `cell`.
  mutating func run(_ image: Image, local: LocalLattice, cell: MeanCell, every: Int) {
    choose(local.straight, cell)
    let height = image.height
    lineCount = (height + every - 1) / every
    if products.count < height * Self.most { products = [SIMD2<Float>](repeating: .zero, count: height * Self.most) }
    if cosines.count < image.width * Self.most {
      cosines = [Float](repeating: 0, count: image.width * Self.most)
      sines = cosines
    }
    if filled.count < image.width { filled = [Float](repeating: 0, count: image.width) }
    // A whole number of steps.
    let rows = local.isStraight ? height : (Self.bentRows + every - 1) / every * every
    for first in stride(from: 0, to: height, by: rows) {
      let last = min(first + rows, height)
      let middle = Double(first + last - 1) / 2
      fillTables(local, cell, width: image.width, y: middle)
      sum(image, first..<last, every: every, middle: middle, local, cell)
    }
  }

  /// The reflections in which most of the slope along x lies.
  private mutating func choose(_ lattice: Lattice, _ cell: MeanCell) {
    reflections.removeAll(keepingCapacity: true)
    frequencies.removeAll(keepingCapacity: true)
    strengths.removeAll(keepingCapacity: true)
    let reciprocal = ReciprocalLattice(of: lattice)
    for (index, (h, k)) in Reflections.indices.enumerated() {
      let gx = reciprocal.vector(Double(h), Double(k)).x
      strengths.append(gx * gx * cell.factors[index].squaredMagnitude)
    }
    let strongest = strengths.max() ?? 0
    while reflections.count < Self.most, let next = strengths.indices.max(by: { strengths[$0] < strengths[$1] }),
      strengths[next] > 0.04 * strongest
    {
      let (h, k) = Reflections.indices[next]
      reflections.append(next)
      frequencies.append(reciprocal.vector(Double(h), Double(k)).x)
      strengths[next] = 0
    }
  }

  /// e^(−iφ) of the mean cell along the line at `y`, times the window.
  private mutating func fillTables(_ local: LocalLattice, _ cell: MeanCell, width: Int, y: Double) {
    constants.removeAll(keepingCapacity: true)
    let fade = max(2, Self.taper * Double(width))
    for (slot, index) in reflections.enumerated() {
      let (h, k) = (Double(Reflections.indices[index].h), Double(Reflections.indices[index].k))
      func turns(_ x: Double) -> Double {
        let p = Vector2(x, y)
        let c = local.straight.coordinates(of: local.isStraight ? p : p - local.displacement(at: p).displacement)
        return h * (cell.siteB.u + c.x) + k * (cell.siteB.v + c.y)
      }
      var total = SIMD2<Float>.zero
      var x = 0
      while x < width {
        let end = min(width, x + Self.knotDistance)
        let start = turns(Double(x))
        let step = Complex(phase: -2 * .pi * (turns(Double(end)) - start) / Double(end - x))
        var value = Complex(phase: -2 * .pi * start)
        while x < end {
          let weight = min(1, (Double(min(x, width - 1 - x)) + 0.5) / fade)
          let entry = SIMD2(Float(weight * value.re), Float(weight * value.im))
          cosines[slot * width + x] = entry.x
          sines[slot * width + x] = entry.y
          total += entry
          value = value * step
          x += 1
        }
      }
      constants.append(total)
    }
  }

  private mutating func sum(
    _ image: Image, _ lines: Range<Int>, every: Int, middle: Double, _ local: LocalLattice, _ cell: MeanCell
  ) {
    let (width, count) = (image.width, reflections.count)
    let reciprocal = ReciprocalLattice(of: local.straight)
    let bend = local.displacement(at: Vector2(Double(width - 1) / 2, middle))
    // A step down the image is one down the straight lattice less what the displacement changes.
    let down = Vector2(-bend.alongY.x, 1 - bend.alongY.y)
    image.pixels.withUnsafeBufferPointer { pixels in
      cosines.withUnsafeBufferPointer { cosines in
        sines.withUnsafeBufferPointer { sines in
          func correlate(_ row: UnsafePointer<Float>, mean: Float, line: Int) {
            for slot in 0..<count {
              let (h, k) = Reflections.indices[reflections[slot]]
              let (re, im) = TileDemodulator.dot(
                row, cosines.baseAddress! + slot * width, sines.baseAddress! + slot * width, width)
              let flat = Complex(
                re: Double(re - mean * constants[slot].x), im: Double(im - mean * constants[slot].y))
              let turn = reciprocal.vector(Double(h), Double(k)).dot(down) * (Double(line) - middle)
              let factor = cell.factors[reflections[slot]]
              let value = flat * Complex(re: factor.re, im: -factor.im) * Complex(phase: -2 * .pi * turn)
              products[line / every * count + slot] = SIMD2(Float(value.re), Float(value.im))
            }
          }
          var line = lines.lowerBound
          while line < lines.upperBound {
            let row = pixels.baseAddress! + line * width
            let mean = Self.sum(row, width) / Float(width)
            if mean.isFinite {
              correlate(row, mean: mean, line: line)
            } else {
              let mean = Self.fill(&filled, row, width)
              filled.withUnsafeBufferPointer { correlate($0.baseAddress!, mean: mean, line: line) }
            }
            line += every
          }
        }
      }
    }
  }

  /// Copies a line with its mean in place of missing pixels, which then add nothing to a correlation without the mean. Returns the mean;
  /// NaN where too little is there.
  private static func fill(_ filled: inout [Float], _ row: UnsafePointer<Float>, _ count: Int) -> Float {
    var (total, present) = (Float(0), 0)
    for x in 0..<count where row[x].isFinite {
      total += row[x]
      present += 1
    }
    let mean = Double(present) < leastShare * Double(count) ? Float.nan : total / Float(present)
    for x in 0..<count { filled[x] = row[x].isFinite ? row[x] : mean }
    return mean
  }

  private static func sum(_ row: UnsafePointer<Float>, _ count: Int) -> Float {
    var sums = SIMD8<Float>.zero
    var x = 0
    while x + 8 <= count {
      sums += UnsafeRawPointer(row + x).loadUnaligned(as: SIMD8<Float>.self)
      x += 8
    }
    var total = sums.sum()
    while x < count {
      total += row[x]
      x += 1
    }
    return total
  }
}
