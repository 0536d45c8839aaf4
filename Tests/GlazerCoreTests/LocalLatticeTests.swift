// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Testing

@Suite("A lattice that is bent")
struct LocalLatticeTests {
  private let straight = Lattice(origin: Vector2(50, 40), a: Vector2(17, 2), b: Vector2(-3, 24))

  /// A displacement with constant second derivatives, and its slopes.
  private func parabola(_ p: Vector2) -> LocalLattice.Node {
    LocalLattice.Node(
      displacement: Vector2(1 + 0.01 * p.x + 4e-4 * p.y * p.y, -2 + 3e-4 * p.x * p.x),
      alongX: Vector2(0.01, 6e-4 * p.x), alongY: Vector2(8e-4 * p.y, 0))
  }

  private var bent: LocalLattice {
    var local = LocalLattice(straight)
    local.fill(straight, columns: 4, rows: 3, step: Vector2(50, 60), node: parabola)
    return local
  }

  @Test func withoutNodesItIsStraight() {
    let local = LocalLattice(straight)
    #expect(local.isStraight)
    #expect(local.position(2, -1) == straight.position(2, -1))
    #expect(local.about(2, -1) == Lattice(origin: straight.position(2, -1), a: straight.a, b: straight.b))
  }

  @Test("Between nodes parabolas are exact, and the axes are the steps between columns")
  func bentByAParabola() {
    let local = bent
    for (i, j) in [(0.0, 0.0), (1, 1), (3, 2), (5, 1)] {
      let p = straight.position(i, j)
      let expected = parabola(p)
      #expect((local.position(i, j) - p - expected.displacement).length < 1e-9)
      let cell = local.about(i, j)
      #expect((cell.origin - local.position(i, j)).length < 1e-12)
      #expect((cell.a - 0.5 * (local.position(i + 1, j) - local.position(i - 1, j))).length < 0.02)
    }
    #expect(local.largestDisplacement >= 2)
  }

  @Test func canBeStraightenedAgain() {
    var local = bent
    local.reset(straight)
    #expect(local.isStraight && local.largestDisplacement == 0)
  }
}
