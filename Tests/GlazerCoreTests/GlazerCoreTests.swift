// SPDX-License-Identifier: GPL-3.0-or-later
import Testing

@testable import GlazerCore

@Suite struct TiltAnglesTests {
  @Test func componentsRoundTrip() {
    let tilt = TiltAngles(p: 3, q: -2, r: 5)
    #expect(abs(tilt.p - 3) < 1e-12 && abs(tilt.q + 2) < 1e-12 && tilt.r == 5)
  }

  @Test func headlessSplitIsTheSameForBothSolutions() {
    let tilt = TiltAngles(alpha: 5, beta: 3, gamma: -4)
    let other = TiltAngles(alpha: -3, beta: -5, gamma: 4)
    #expect(abs(HeadlessSplit(tilt).c - HeadlessSplit(other).c) < 1e-12)
    #expect(abs(HeadlessSplit(tilt).s - HeadlessSplit(other).s) < 1e-12)
    #expect(abs(tilt.q - other.q) < 1e-12)
  }

  @Test func splitReturnsTheRepresentative() {
    for tilt in [TiltAngles(alpha: 5, beta: 3, gamma: -4), TiltAngles(alpha: -8, beta: 1, gamma: 2)] {
      let expected = tilt.representative
      let (p, r) = HeadlessSplit(tilt).pr
      #expect(abs(p - expected.p) < 1e-9 && abs(r - expected.r) < 1e-9)
    }
  }
}

@Suite struct LatticeTests {
  let lattice = Lattice(origin: Vector2(10, 12), a: Vector2(20, 3), b: Vector2(-4, 28))

  @Test func coordinatesInvertPosition() {
    let c = lattice.coordinates(of: lattice.position(2.25, -1.5))
    #expect(abs(c.x - 2.25) < 1e-12 && abs(c.y + 1.5) < 1e-12)
  }

  @Test func columnsStayInsideTheMargin() {
    let columns = lattice.columns(width: 200, height: 160, margin: 15)
    #expect(!columns.isEmpty)
    for cell in columns {
      let p = lattice.position(Double(cell.i), Double(cell.j))
      #expect(p.x >= 15 && p.y >= 15 && p.x <= 184 && p.y <= 144)
    }
    #expect(Set(columns).count == columns.count)
  }
}

@Suite struct TiltPatternTests {
  @Test func signsFollowTheConvention() throws {
    let tilt = TiltAngles(alpha: 1, beta: 2, gamma: 3)
    let pattern = try #require(TiltPattern("--+"))
    let neighbour = pattern.rotation(of: tilt, i: 0, j: 0, k: 1)
    #expect(neighbour == TiltAngles(alpha: -1, beta: -2, gamma: 3))
    #expect(TiltPattern("--x") == nil && TiltPattern("----") == nil)
  }
}

@Suite struct SeededRandomTests {
  @Test func momentsOfTheDistributions() {
    var random = SeededRandom(seed: 7)
    let n = 20000
    for mean in [3.0, 80.0] {
      let draws = (0..<n).map { _ in random.poisson(mean) }
      let m = draws.reduce(0, +) / Double(n)
      let v = draws.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(n)
      #expect(abs(m / mean - 1) < 0.02 && abs(v / mean - 1) < 0.05)
    }
    let normals = (0..<n).map { _ in random.gaussian() }
    #expect(abs(normals.reduce(0, +) / Double(n)) < 0.03)
    #expect(abs(normals.reduce(0) { $0 + $1 * $1 } / Double(n) - 1) < 0.05)
  }

  @Test func streamsDiffer() {
    var a = SeededRandom(seed: 1, stream: 0)
    var b = SeededRandom(seed: 1, stream: 1)
    #expect(a.next() != b.next())
  }
}
