// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// The smooth displacement field through the offsets of fitted columns.
///
/// About each node a straight line through the offsets of the columns near by, weighted with a Gaussian as narrow as the
/// noise of the offsets allows (local linear regression), and drawn towards no displacement as far as the offsets are no
/// larger than noise explains: a straight lattice stays straight.
struct LocalFit {
  private var scratch: [Double] = []

  /// Standard deviation that a node's displacement may have from noise, Å.
  private static let wantedA = 0.02
  private static let pseudoCubicA = 3.9

  /// Fills `local` with the lattice bent as the offsets of the reliable columns in `fits` say. `width`, `height` of the
  /// image.
  mutating func fill(
    _ local: inout LocalLattice, lattice: Lattice, fits: ColumnFits, width: Int, height: Int
  ) {
    local.reset(lattice)
    guard let statistics = statistics(fits), statistics.signal > 0 else { return }
    let cell = lattice.pseudoCubicPx
    let noise = statistics.noise.squareRoot()
    let wanted = Self.wantedA * cell / Self.pseudoCubicA
    // Columns in a Gaussian of deviation s: 4π s² of them at one per cell².
    let count = max(25, (noise / wanted) * (noise / wanted))
    let deviation = min(cell * (count / 17.8).squareRoot(), 6 * cell)
    let nodesX = max(2, Int((Double(width - 1) / (2 * deviation)).rounded(.up)) + 1)
    let nodesY = max(2, Int((Double(height - 1) / (2 * deviation)).rounded(.up)) + 1)
    let step = Vector2(Double(width - 1) / Double(nodesX - 1), Double(height - 1) / Double(nodesY - 1))
    local.fill(lattice, columns: nodesX, rows: nodesY, step: step) { p in
      Self.node(at: p, lattice: lattice, fits: fits, deviation: deviation, ratio: statistics.noise / statistics.signal)
    }
  }

  /// Variances per component, px²: of the noise of an offset, and of the displacements behind them.
  private mutating func statistics(_ fits: ColumnFits) -> (noise: Double, signal: Double)? {
    scratch.removeAll(keepingCapacity: true)
    var (squares, count) = (0.0, 0)
    for position in fits.fits.indices where fits.fits[position].isReliable {
      let fit = fits.fits[position]
      squares += fit.offset.dot(fit.offset) / 2
      count += 1
      let (i, j) = fits.index(at: position)
      guard let left = fits[i - 1, j], let right = fits[i + 1, j], left.isReliable, right.isReliable else { continue }
      let bend = fit.offset - 0.5 * (left.offset + right.offset)
      scratch.append(bend.dot(bend))
    }
    guard count >= 9, let median = scratch.takeMedian() else { return nil }
    // Median of the squared length of a Gaussian vector; the difference has 1.5 times the variance of an offset.
    let noise = max(median / (1.386 * 1.5), 1e-8)
    let signal = squares / Double(count) - noise * (1 + 3 / Double(count).squareRoot())
    return (noise, signal)
  }

  /// `ratio` is the variance of noise over that of displacements.
  private static func node(
    at p: Vector2, lattice: Lattice, fits: ColumnFits, deviation: Double, ratio: Double
  ) -> LocalLattice.Node {
    let reach = 2.5 * deviation
    let c = lattice.coordinates(of: p)
    let area = lattice.a.cross(lattice.b).magnitude
    let (spanI, spanJ) = (reach * lattice.b.length / area, reach * lattice.a.length / area)
    let firstI = max(fits.firstI, Int((c.x - spanI).rounded(.up)))
    let lastI = min(fits.firstI + fits.countI - 1, Int((c.x + spanI).rounded(.down)))
    let firstJ = max(fits.firstJ, Int((c.y - spanJ).rounded(.up)))
    let lastJ = min(fits.firstJ + fits.countJ - 1, Int((c.y + spanJ).rounded(.down)))
    var system = SymmetricSystem(size: 3)
    // A displacement is as likely as its variance says; it changes by as much over five widths of the Gaussian.
    system.add(0, 0, ratio)
    system.add(1, 1, 25 * ratio)
    system.add(2, 2, 25 * ratio)
    var (right, down) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
    var j = firstJ
    while j <= lastJ {
      var i = firstI
      while i <= lastI {
        let fit = fits.fits[(j - fits.firstJ) * fits.countI + i - fits.firstI]
        i += 1
        guard fit.isReliable else { continue }
        let r = (1 / deviation) * (lattice.position(Double(i - 1), Double(j)) - p)
        let squared = r.dot(r)
        guard squared < 6.25 else { continue }
        let gain = min(fit.gain, 1.5)
        let weight = gain * gain * bell(squared)
        let basis = SIMD4(1, r.x, r.y, 0)
        for row in 0..<3 { for column in 0...row { system.add(row, column, weight * basis[row] * basis[column]) } }
        right += (weight * fit.offset.x) * basis
        down += (weight * fit.offset.y) * basis
      }
      j += 1
    }
    system.setRight(right)
    guard let x = system.solution() else { return LocalLattice.Node() }
    system.setRight(down)
    guard let y = system.solution() else { return LocalLattice.Node() }
    return LocalLattice.Node(
      displacement: Vector2(x[0], y[0]), alongX: (1 / deviation) * Vector2(x[1], y[1]),
      alongY: (1 / deviation) * Vector2(x[2], y[2]))
  }

  /// Nearly e^(−r²/2), 0 from r = 2.5 on, without the exponential.
  private static func bell(_ squared: Double) -> Double {
    let t = max(0, 1 - squared / 6.25)
    return t * t * t
  }
}
