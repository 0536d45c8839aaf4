// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// The lattice whose reflections hold the most power, and their structure factors, from the sums of tiles.
struct LatticePhaseFit {
  /// The lattice that the tiles were demodulated with, cycles per working pixel.
  let start: ReciprocalLattice
  /// The refined lattice, cycles per working pixel.
  private(set) var lattice: ReciprocalLattice
  /// Where the phases of the structure factors are zero, working pixels: the weighted centre of the tiles.
  let reference: Vector2
  /// Structure factors F(h, k) about `reference`: amplitudes per pixel; 0 where a reflection is not usable.
  private(set) var factors = StructureFactors(repeating: .zero)

  /// Gauss-Newton on Σ over tiles and reflections of w |c − F e^(2πi δg·r)|², δg = h δa* + k δb*, F free.
  ///
  /// Converges when the start is off by less than about a third of a period at the edge of the window. About 0.2 ms.
  init(_ tiles: TileDemodulator, start: ReciprocalLattice) {
    self.start = start
    lattice = start
    var totalWeight = 0.0
    var centre = Vector2.zero
    for tile in 0..<tiles.tileCount {
      totalWeight += tiles.weights[tile]
      centre = centre + tiles.weights[tile] * tiles.centres[tile]
    }
    reference = (1 / totalWeight) * centre
    for _ in 0..<10 {
      // Stop when phases at the edge of the image move by less than 10⁻⁵ of a period.
      if improve(tiles) * (reference.x + reference.y) < 1e-5 { break }
    }
    for index in 0..<Reflections.count where tiles.isUsable[index] {
      var total = Complex.zero
      for tile in 0..<tiles.tileCount { total = total + contribution(tiles, tile: tile, reflection: index) }
      factors[index] = (1 / (totalWeight * tiles.pixelsPerTile)) * total
    }
  }

  /// What one tile adds to F(h, k) about `reference`, windowed and not normalised.
  func contribution(_ tiles: TileDemodulator, tile: Int, reflection: Int) -> Complex {
    let (h, k) = Reflections.indices[reflection]
    let g = lattice.vector(Double(h), Double(k))
    let change = g - start.vector(Double(h), Double(k))
    // The sum at a frequency higher by `change`, to first order in the size of the tile.
    let place = g.dot(reference) - change.dot(tiles.centres[tile]) + g.dot(tiles.displacements[tile])
    let turn = 2 * Double.pi * place
    return tiles.weights[tile] * (tiles.sum(tile: tile, reflection: reflection) * Complex(phase: turn))
  }

  /// One step; returns the largest change of an axis, cycles per working pixel.
  private mutating func improve(_ tiles: TileDemodulator) -> Double {
    var normal = SymmetricSystem(size: 4)
    for index in 0..<Reflections.count where tiles.isUsable[index] {
      let (h, k) = (Double(Reflections.indices[index].h), Double(Reflections.indices[index].k))
      var total = Complex.zero
      for tile in 0..<tiles.tileCount { total = total + contribution(tiles, tile: tile, reflection: index) }
      var (xx, xy, yy, x, y, weight) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
      for tile in 0..<tiles.tileCount {
        let r = tiles.centres[tile] - reference
        let w = tiles.weights[tile]
        let value = contribution(tiles, tile: tile, reflection: index)
        let quadrature = (value.im * total.re - value.re * total.im) / (2 * .pi)
        xx += w * r.x * r.x
        xy += w * r.x * r.y
        yy += w * r.y * r.y
        x += r.x * quadrature
        y += r.y * quadrature
        weight += w
      }
      let power = total.squaredMagnitude / weight
      addBlock(&normal, 0, 0, power * h * h, xx, xy, yy)
      addBlock(&normal, 2, 0, power * h * k, xx, xy, yy)
      addBlock(&normal, 2, 2, power * k * k, xx, xy, yy)
      normal.addRight(0, h * x)
      normal.addRight(1, h * y)
      normal.addRight(2, k * x)
      normal.addRight(3, k * y)
    }
    guard let step = normal.solution() else { return 0 }
    lattice.a = lattice.a + Vector2(step[0], step[1])
    lattice.b = lattice.b + Vector2(step[2], step[3])
    return max(abs(step[0]), abs(step[1]), abs(step[2]), abs(step[3]))
  }

  private func addBlock(
    _ normal: inout SymmetricSystem, _ row: Int, _ column: Int, _ factor: Double, _ xx: Double, _ xy: Double,
    _ yy: Double
  ) {
    normal.add(row, column, factor * xx)
    normal.add(row, column + 1, factor * xy)
    normal.add(row + 1, column, factor * xy)
    normal.add(row + 1, column + 1, factor * yy)
  }
}
