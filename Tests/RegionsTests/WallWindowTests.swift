// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference
import Testing

@testable import Regions

@Suite("What surrounds a cell near a wall")
struct WallWindowTests {
  /// Two halves with next to no noise, seen through a window of ± 1 column; misfits of a cell with the means of both.
  private func misfits(at i: Int, _ j: Int = 6, sigma: Double = 1e-3, seed: UInt64 = 1) throws -> (
    left: Float, right: Float, leftAlone: Float, rightAlone: Float
  ) {
    let pattern = TiltPattern.outOfPhase
    let (left, right) = (TiltAngles(p: 5, q: 3, r: -4), TiltAngles(p: 5, q: 6, r: -4))
    var field = CellField()
    (field.size, field.sigmaQ, field.sigmaSplit) = ((20, 12), sigma, sigma)
    (field.seed, field.reach) = (seed, (0, 0))
    let (table, readings) = field.make { i, j in
      // What a window that reaches over the wall reads: q changes within two columns.
      let share = min(max((Double(i) - 9.5 + 1.5) / 3, 0), 1)
      let tilt = TiltAngles(p: 5, q: left.q + share * (right.q - left.q), r: -4)
      return pattern.rotation(of: tilt, i: i, j: 0, k: j)
    }
    var cells = TiltField()
    let isFilled = cells.fill(table, readings, spread: nil)
    try #require(isFilled)
    var window = WallWindow()
    window.fit(cells)
    let place = (TiltField.margin + j) * cells.countI + TiltField.margin + i
    func mean(_ tilt: TiltAngles) -> SIMD4<Float> {
      let split = HeadlessSplit(tilt)
      return SIMD4(Float(tilt.q), Float(split.c), Float(split.s), Float(split.s))
    }
    return (
      window.misfit(place, cells, mean(left)), window.misfit(place, cells, mean(right)),
      DomainSums.misfit(cells.cells[place], mean(left)), DomainSums.misfit(cells.cells[place], mean(right))
    )
  }

  @Test("the mean of misfits changes sides where the wall is, between columns 9 and 10")
  func changesSides() throws {
    for i in 5...14 {
      let found = try misfits(at: i)
      #expect((found.left < found.right) == (i < 10), "column \(i): \(found)")
    }
  }

  @Test("it is right far more often than a cell by itself")
  func lessNoise() throws {
    var (wrong, wrongAlone) = (0, 0)
    for seed in 1...200 {
      let found = try misfits(at: 7, sigma: 1.5, seed: UInt64(seed))
      if found.left > found.right { wrong += 1 }
      if found.leftAlone > found.rightAlone { wrongAlone += 1 }
    }
    #expect(wrongAlone > 20 && 3 * wrong < wrongAlone, "\(wrong) and \(wrongAlone) of 200")
  }

  @Test("on both sides of a wall it is the same, the other way round")
  func symmetric() throws {
    for away in 0..<4 {
      let (near, far) = (try misfits(at: 9 - away), try misfits(at: 10 + away))
      #expect(abs(near.left - far.right) < 0.02 * max(near.right, near.left), "\(away)")
      #expect(abs(near.right - far.left) < 0.02 * max(near.right, near.left), "\(away)")
    }
  }

  @Test("cells at the border have fewer neighbours and no others")
  func border() throws {
    // A window that wrapped around would have cells of the other side: a large part of the other's misfit.
    for j in [0, 6, 11] {
      let (first, last) = (try misfits(at: 0, j), try misfits(at: 19, j))
      #expect(first.left < 1e-4 * first.right && last.right < 1e-4 * last.left, "\(j)")
    }
  }
}
