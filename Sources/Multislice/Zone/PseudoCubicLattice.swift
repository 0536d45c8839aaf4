// SPDX-License-Identifier: GPL-3.0-or-later

/// The mean simple cubic lattice of B sites: three right-handed axes and the place of every octahedron on them.
struct PseudoCubicLattice {
  /// Pseudo-cubic a, b and c, Å; nearly but not exactly orthogonal and equal.
  var axes: Basis
  /// Edges of the crystal's cell as whole steps along the axes.
  var cellSteps: [SIMD3<Int>]
  /// Of every octahedron, relative to the first.
  var indices: [SIMD3<Int>]
  /// Vectors from the oxygen at minus to the one at plus each axis, halved, for every octahedron, Å.
  var halfBonds: [Basis]

  /// Fails when the steps from B to B do not follow three directions.
  static func find(_ octahedra: [Octahedron], cell: UnitCell) -> Result<PseudoCubicLattice, OctahedronSearch.Refusal> {
    guard let start = startingDirections(octahedra[0], cell: cell) else {
      return .failure("the neighbours of an octahedron do not lie on three axes")
    }
    // First the mean step along each axis, then the axes that make the cell's edges whole numbers of steps exactly.
    var sums = [SIMD3<Double>](repeating: .zero, count: 3)
    var halfBonds: [Basis] = []
    for octahedron in octahedra {
      guard let pairs = pairs(octahedron, along: start) else {
        return .failure("the octahedra are turned by more than 25° or do not form a cubic net")
      }
      for axis in 0..<3 { sums[axis] += (pairs[axis].plus.step - pairs[axis].minus.step) / 2 }
      let halves = pairs.map { ($0.plus.bond - $0.minus.bond) / 2 }
      halfBonds.append(Basis(halves[0], halves[1], halves[2]))
    }
    let means = sums.map { $0 / Double(octahedra.count) }
    let mean = Basis(means[0], means[1], means[2])
    guard mean.volume > 1 else { return .failure("its B sites span no volume") }
    var steps: [SIMD3<Int>] = []
    for edge in [cell.basis.a, cell.basis.b, cell.basis.c] {
      guard let whole = nearestWhole(mean.fractional(edge), within: 0.1) else {
        return .failure("the edges of the cell are no whole numbers of B–B steps")
      }
      steps.append(whole)
    }
    let count = determinant(steps)
    guard abs(count) == octahedra.count, let axes = exactAxes(cell.basis, steps: steps) else {
      return .failure("\(octahedra.count) octahedra in a cell that spans \(abs(count)) pseudo-cubic ones")
    }
    let origin = cell.position(octahedra[0].centre)
    var indices: [SIMD3<Int>] = []
    for octahedron in octahedra {
      guard let whole = nearestWhole(axes.fractional(cell.position(octahedron.centre) - origin), within: 0.3) else {
        return .failure("B sites lie far from a cubic net")
      }
      indices.append(whole)
    }
    return .success(PseudoCubicLattice(axes: axes, cellSteps: steps, indices: indices, halfBonds: halfBonds))
  }

  /// Three right-handed directions among the six steps: c is the one nearest the file's c, a of the rest nearest its a.
  private static func startingDirections(_ octahedron: Octahedron, cell: UnitCell) -> [SIMD3<Double>]? {
    let steps = octahedron.corners.map { $0.step / max(length($0.step), 1e-9) }
    guard let c = steps.max(by: { dot($0, cell.basis.c) + 1e-6 < dot($1, cell.basis.c) }) else { return nil }
    let across = steps.filter { abs(dot($0, c)) < 0.4 }
    guard across.count == 4, let a = across.max(by: { dot($0, cell.basis.a) + 1e-6 < dot($1, cell.basis.a) }),
      let b = across.first(where: { abs(dot($0, a)) < 0.4 && dot($0, cross(c, a)) > 0 })
    else { return nil }
    return [a, b, c]
  }

  private static func pairs(
    _ octahedron: Octahedron, along directions: [SIMD3<Double>]
  ) -> [(plus: OctahedronCorner, minus: OctahedronCorner)]? {
    let pairs = directions.compactMap { direction -> (plus: OctahedronCorner, minus: OctahedronCorner)? in
      func along(_ sign: Double) -> OctahedronCorner? {
        let found = octahedron.corners.filter { dot($0.step, direction) * sign > 0.9 * length($0.step) }
        return found.count == 1 ? found[0] : nil
      }
      guard let plus = along(1), let minus = along(-1) else { return nil }
      return (plus, minus)
    }
    return pairs.count == 3 ? pairs : nil
  }

  private static func nearestWhole(_ v: SIMD3<Double>, within tolerance: Double) -> SIMD3<Int>? {
    let whole = v.rounded(.toNearestOrEven)
    for axis in 0..<3 where !(abs(v[axis] - whole[axis]) <= tolerance && abs(whole[axis]) < 1000) { return nil }
    return SIMD3(Int(whole.x), Int(whole.y), Int(whole.z))
  }

  private static func determinant(_ m: [SIMD3<Int>]) -> Int {
    m[0].x * (m[1].y * m[2].z - m[1].z * m[2].y) - m[1].x * (m[0].y * m[2].z - m[0].z * m[2].y)
      + m[2].x * (m[0].y * m[1].z - m[0].z * m[1].y)
  }

  /// Axes P with edge_n = Σ P_m steps_n,m: the edges times the inverse of the whole-number matrix.
  private static func exactAxes(_ edges: Basis, steps: [SIMD3<Int>]) -> Basis? {
    let columns = steps.map { SIMD3<Double>($0) }
    let matrix = Basis(columns[0], columns[1], columns[2])
    guard abs(matrix.volume) > 0.5 else { return nil }
    // The step along axis m, written in edges, is the m-th unit vector in the basis of the columns.
    let axes = [SIMD3(1.0, 0, 0), SIMD3(0, 1.0, 0), SIMD3(0, 0, 1.0)].map { edges.cartesian(matrix.fractional($0)) }
    return Basis(axes[0], axes[1], axes[2])
  }
}
