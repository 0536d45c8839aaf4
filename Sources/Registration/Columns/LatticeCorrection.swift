// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// The straight lattice through the fitted columns, by least squares, and which columns are none.
struct LatticeCorrection {
  private(set) var lattice: Lattice

  /// A column weaker than this share of the median one, by more than twice its error, is poor.
  private static let weakGain = 0.4
  /// A column further from where it is expected than this share of |a| (0.4 Å), and than four times the usual distance, is
  /// poor.
  private static let farOffset = 0.15
  /// The same where the image is torn, and columns of another crystal may be nearly in step.
  private static let farEdgeOffset = 0.06

  /// Corrects `lattice` by the offsets in `fits`, turns the offsets into residuals against the corrected lattice and marks poor
  /// columns. Two rounds: the second without the poor ones. `scratch` is working memory.
  init(_ lattice: Lattice, _ fits: inout ColumnFits, scratch: inout [Double]) {
    self.lattice = lattice
    for _ in 0..<2 {
      guard let change = Self.affine(fits) else { break }
      self.lattice.origin = self.lattice.origin + change.origin
      self.lattice.a = self.lattice.a + change.a
      self.lattice.b = self.lattice.b + change.b
      for position in fits.fits.indices where fits.fits[position].isFitted {
        let (i, j) = fits.index(at: position)
        fits.fits[position].offset = fits.fits[position].offset - change.position(Double(i), Double(j))
      }
      mark(&fits, &scratch)
    }
  }

  /// The change of origin and axes that the offsets of good columns ask for; nil with too few of them.
  private static func affine(_ fits: ColumnFits) -> Lattice? {
    // Indices are counted from their mean, so that the three unknowns hardly mix.
    var (count, meanI, meanJ) = (0, 0.0, 0.0)
    for position in fits.fits.indices where fits.fits[position].isReliable {
      let (i, j) = fits.index(at: position)
      meanI += Double(i)
      meanJ += Double(j)
      count += 1
    }
    guard count >= 6 else { return nil }
    meanI /= Double(count)
    meanJ /= Double(count)
    var system = SymmetricSystem(size: 3)
    var (right, down) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
    for position in fits.fits.indices where fits.fits[position].isReliable {
      let (i, j) = fits.index(at: position)
      let basis = SIMD4(1, Double(i) - meanI, Double(j) - meanJ, 0)
      // The variance of an offset goes as one over the square of the gain.
      let gain = min(fits.fits[position].gain, 1.5)
      let weight = gain * gain
      for row in 0..<3 {
        for column in 0...row { system.add(row, column, weight * basis[row] * basis[column]) }
      }
      right += (weight * fits.fits[position].offset.x) * basis
      down += (weight * fits.fits[position].offset.y) * basis
    }
    system.setRight(right)
    guard let x = system.solution() else { return nil }
    system.setRight(down)
    guard let y = system.solution() else { return nil }
    let (a, b) = (Vector2(x[1], y[1]), Vector2(x[2], y[2]))
    return Lattice(origin: Vector2(x[0], y[0]) - meanI * a - meanJ * b, a: a, b: b)
  }

  /// Judges the columns anew by their distances from `local`, which becomes their `surprise`. Afterwards columns among poor
  /// ones are poor.
  func judge(_ fits: inout ColumnFits, against local: LocalLattice, scratch: inout [Double]) {
    for position in fits.fits.indices where fits.fits[position].isFitted {
      let (i, j) = fits.index(at: position)
      let bend = local.displacement(at: lattice.position(Double(i), Double(j))).displacement
      fits.fits[position].surprise = (fits.fits[position].offset - bend).length
    }
    mark(&fits, &scratch)
    fits.spreadPoor()
  }

  private func mark(_ fits: inout ColumnFits, _ scratch: inout [Double]) {
    scratch.removeAll(keepingCapacity: true)
    for fit in fits.fits where fit.isLocated { scratch.append(fit.gain) }
    guard let medianGain = scratch.takeMedian() else {
      // A mean cell that no column resembles is nobody's.
      for position in fits.fits.indices { fits.fits[position].isPoor = true }
      return
    }
    scratch.removeAll(keepingCapacity: true)
    for fit in fits.fits where fit.isFitted && fit.gain > 0.5 * medianGain { scratch.append(fit.surprise) }
    let usual = scratch.takeMedian() ?? 0
    func farthest(_ share: Double) -> Double { max(share * lattice.a.length, 4 * usual) }
    let (farthestMain, farthestEdge) = (farthest(Self.farOffset), farthest(Self.farEdgeOffset))
    for position in fits.fits.indices where fits.fits[position].isFitted {
      let fit = fits.fits[position]
      let isWeak = fit.gain + 2 * fit.gainSigma < Self.weakGain * medianGain
      // The error of an offset grows as the column fades.
      let limit = fit.part == .edge ? farthestEdge : farthestMain
      let isFar = fit.isLocated && fit.surprise * min(1, fit.gain / medianGain) > limit
      fits.fits[position].isPoor = isWeak || isFar || fit.part == .other
    }
  }
}

extension ColumnFits {
  /// Columns that were fitted, those of them that are poor, and the root mean square surprise of the others, pixels.
  var summary: (count: Int, poor: Int, residualPx: Double) {
    var (count, poor, squares, reliable) = (0, 0, 0.0, 0)
    for fit in fits where fit.isFitted {
      count += 1
      if fit.isPoor { poor += 1 }
      if fit.isReliable {
        squares += fit.surprise * fit.surprise
        reliable += 1
      }
    }
    return (count, poor, reliable > 0 ? (squares / Double(reliable)).squareRoot() : .infinity)
  }
}

extension ColumnFits.Fit {
  /// May take part in the fit of the lattice.
  var isReliable: Bool { isLocated && !isPoor && part == .main }
}
