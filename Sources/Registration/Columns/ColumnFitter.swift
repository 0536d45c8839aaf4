// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// Fits the mean cell to the image around every B column: f ≈ offset + gain · m(r − d), linear in d.
struct ColumnFitter {
  private var template = ColumnTemplate()
  private let order = ColumnWalkOrder()
  private var starts: [Vector2] = []

  /// Fills `fits` for the columns of `lattice` (image pixels) whose windows lie inside the image, outwards from the clearest
  /// of some of them: of those that are not known to be poor from the last fit about `local`, displaced as they were there.
  mutating func fit(
    _ image: FlattenedImage, lattice: Lattice, cell: MeanCell, known local: LocalLattice, into fits: inout ColumnFits
  ) {
    template.fill(cell)
    findStarts(image, fits, local)
    let working = Lattice(
      origin: image.workingPosition(lattice.origin), a: (1 / Double(image.scale)) * lattice.a,
      b: (1 / Double(image.scale)) * lattice.b)
    let (i, j) = Self.indexRanges(working, width: image.width, height: image.height)
    fits.reset(i: i, j: j)
    // Half extents of the window's bounding box.
    let reachX = ColumnTemplate.halfU * abs(working.a.x) + ColumnTemplate.halfV * abs(working.b.x)
    let reachY = ColumnTemplate.halfU * abs(working.a.y) + ColumnTemplate.halfV * abs(working.b.y)
    let scale = Double(image.scale)
    image.pixels.withUnsafeBufferPointer { pixels in
      template.table.withUnsafeBufferPointer { table in
        func fit(_ position: Int, _ expected: Vector2) -> ColumnFits.Fit {
          let (indexI, indexJ) = (i.lowerBound + position % i.count, j.lowerBound + position / i.count)
          let centre = working.position(Double(indexI), Double(indexJ)) + (1 / scale) * expected
          let (left, right) = ((centre.x - reachX).rounded(.up), (centre.x + reachX).rounded(.down))
          let (top, bottom) = ((centre.y - reachY).rounded(.up), (centre.y + reachY).rounded(.down))
          guard left >= 0, top >= 0, right < Double(image.width), bottom < Double(image.height) else {
            return ColumnFits.Fit()
          }
          let window = Window(
            columns: Int(left)...Int(right), rows: Int(top)...Int(bottom), centre: centre, lattice: working)
          var result = Self.fit(pixels, stride: image.width, window, table, lattice: lattice)
          result.surprise = result.offset.length
          result.offset = result.offset + expected
          return result
        }
        var best = (position: 0, clarity: -Double.infinity, expected: Vector2.zero)
        for p in starts {
          let expected = local.displacement(at: image.imagePosition(p)).displacement
          let c = working.coordinates(of: p - (1 / scale) * expected)
          let (column, row) = (Int(c.x.rounded()) - i.lowerBound, Int(c.y.rounded()) - j.lowerBound)
          guard column >= 0, row >= 0, column < i.count, row < j.count else { continue }
          let found = fit(row * i.count + column, expected)
          guard found.isFitted else { continue }
          // Near its place and as strong as the mean cell: much stronger are columns of another kind.
          let likeness = min(found.gain, 1 / max(found.gain, 0.01))
          let clarity = likeness - 2 * found.gainSigma - 2 * found.surprise / lattice.a.length
          if clarity > best.clarity { best = (row * i.count + column, clarity, expected) }
        }
        let usable = 0.1 * lattice.a.length
        order.visit(&fits, from: best.position, expected: best.expected, steepest: 2 * usable) { position, expected in
          var found = fit(position, expected)
          found.isFollowed =
            found.isLocated && found.gain > 0.3 && found.gain > 2 * found.gainSigma && found.surprise < 2 * usable
          return found
        }
      }
    }
  }

  /// Places on a grid, working pixels, that are not known to be poor; all of them if all are.
  private mutating func findStarts(_ image: FlattenedImage, _ fits: ColumnFits, _ local: LocalLattice) {
    for isChoosy in [true, false] {
      starts.removeAll(keepingCapacity: true)
      for number in 0..<25 {
        let p = Vector2(
          Double(image.width) * (0.1 + 0.2 * Double(number % 5)),
          Double(image.height) * (0.1 + 0.2 * Double(number / 5)))
        if isChoosy, fits.isPoor(near: image.imagePosition(p), of: local) { continue }
        starts.append(p)
      }
      if !starts.isEmpty { return }
    }
  }

  private struct Window {
    var columns: ClosedRange<Int>
    var rows: ClosedRange<Int>
    var centre: Vector2
    /// In working pixels.
    var lattice: Lattice
  }

  private static func fit(
    _ pixels: UnsafeBufferPointer<Float>, stride: Int, _ window: Window, _ table: UnsafeBufferPointer<SIMD4<Float>>,
    lattice: Lattice
  ) -> ColumnFits.Fit {
    // Table coordinates are linear in the pixel's.
    let axes = window.lattice
    let area = axes.a.cross(axes.b)
    let scaleU = Double(ColumnTemplate.columns) / (2 * ColumnTemplate.halfU)
    let scaleV = Double(ColumnTemplate.rows) / (2 * ColumnTemplate.halfV)
    let stepU = Vector2(axes.b.y / area * scaleU, -axes.b.x / area * scaleU)
    let stepV = Vector2(-axes.a.y / area * scaleV, axes.a.x / area * scaleV)
    // Sums of products of the basis (1, m, m_u, m_v) with itself and with the image.
    var products = (SIMD4<Float>.zero, SIMD4<Float>.zero, SIMD4<Float>.zero, SIMD4<Float>.zero)
    var withImage = SIMD4<Float>.zero
    var (imageSquares, count) = (Float(0), 0)
    for y in window.rows {
      let dy = Double(y) - window.centre.y
      let dx = Double(window.columns.lowerBound) - window.centre.x
      var u = Float(stepU.x * dx + stepU.y * dy) + Float(ColumnTemplate.columns) / 2
      var v = Float(stepV.x * dx + stepV.y * dy) + Float(ColumnTemplate.rows) / 2
      for x in window.columns {
        if u >= 0, v >= 0, u < Float(ColumnTemplate.columns), v < Float(ColumnTemplate.rows) {
          let entry = table[Int(v) * ColumnTemplate.columns + Int(u)]
          let basis = SIMD4<Float>(1, entry.x, entry.y, entry.z)
          let value = pixels[y * stride + x]
          products.0 += basis
          products.1 += entry.x * basis
          products.2 += entry.y * basis
          products.3 += entry.z * basis
          withImage += value * basis
          imageSquares += value * value
          count += 1
        }
        u += Float(stepU.x)
        v += Float(stepV.x)
      }
    }
    // Missing pixels are exactly 0: where all are missing there is no column to judge.
    guard count > 6, imageSquares > 0 else { return ColumnFits.Fit() }
    return solve(products, withImage, imageSquares: Double(imageSquares), count: count, lattice: lattice)
  }

  private static func solve(
    _ products: (SIMD4<Float>, SIMD4<Float>, SIMD4<Float>, SIMD4<Float>), _ withImage: SIMD4<Float>,
    imageSquares: Double, count: Int, lattice: Lattice
  ) -> ColumnFits.Fit {
    var system = SymmetricSystem(size: 4)
    for column in 0..<4 {
      system.add(0, column, Double(products.0[column]))
      system.add(1, column, Double(products.1[column]))
      system.add(2, column, Double(products.2[column]))
      system.add(3, column, Double(products.3[column]))
      system.addRight(column, Double(withImage[column]))
    }
    guard let x = system.solution() else { return ColumnFits.Fit() }
    var fit = ColumnFits.Fit()
    fit.gain = x[1]
    var explained = 0.0
    for row in 0..<4 { explained += x[row] * Double(withImage[row]) }
    let noise = max(0, imageSquares - explained) / Double(count - 4)
    system.setRight(SIMD4(0, 1, 0, 0))
    fit.gainSigma = (noise * (system.solution()?[1] ?? 0)).squareRoot()
    // f = gain (m − d·∇m): the slope's coefficients are −gain d. A column that is hardly there has no position.
    if fit.gain > 0.1 {
      fit.offset = (-x[2] / x[1]) * lattice.a + (-x[3] / x[1]) * lattice.b
      fit.isLocated = true
    }
    fit.isPoor = false
    return fit
  }

  private static func indexRanges(_ lattice: Lattice, width: Int, height: Int) -> (ClosedRange<Int>, ClosedRange<Int>) {
    var low = SIMD2(Double.infinity, Double.infinity)
    var high = -low
    for corner in 0..<4 {
      let x = corner & 1 == 0 ? 0 : Double(width - 1)
      let y = corner & 2 == 0 ? 0 : Double(height - 1)
      let c = lattice.coordinates(of: Vector2(x, y))
      low = pointwiseMin(low, SIMD2(c.x, c.y))
      high = pointwiseMax(high, SIMD2(c.x, c.y))
    }
    return (
      Int(low.x.rounded(.down))...Int(high.x.rounded(.up)), Int(low.y.rounded(.down))...Int(high.y.rounded(.up))
    )
  }
}
