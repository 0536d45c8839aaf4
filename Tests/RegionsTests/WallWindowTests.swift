// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference
import Testing

@testable import Regions

@Suite("What surrounds a cell near a wall")
struct WallWindowTests {
  /// Two halves with next to no noise, seen through a window of ± 1 column; misfits of a cell with the means of both.
  private func misfits(at i: Int) throws -> (left: Float, right: Float) {
    let pattern = TiltPattern.outOfPhase
    let (left, right) = (TiltAngles(p: 5, q: 3, r: -4), TiltAngles(p: 5, q: 6, r: -4))
    var field = CellField()
    (field.size, field.sigmaQ, field.sigmaSplit) = ((20, 12), 1e-3, 1e-3)
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
    let place = (TiltField.margin + 6) * cells.countI + TiltField.margin + i
    func mean(_ tilt: TiltAngles) -> SIMD4<Float> {
      let split = HeadlessSplit(tilt)
      return SIMD4(Float(tilt.q), Float(split.c), Float(split.s), Float(split.s))
    }
    return (window.misfit(place, cells, mean(left)), window.misfit(place, cells, mean(right)))
  }

  @Test("the mean of misfits changes sides where the wall is, between columns 9 and 10")
  func changesSides() throws {
    for i in 5...14 {
      let (left, right) = try misfits(at: i)
      #expect((left < right) == (i < 10), "column \(i): \(left), \(right)")
    }
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
    #expect(try misfits(at: 0).left < misfits(at: 0).right)
    #expect(try misfits(at: 19).right < misfits(at: 19).left)
  }
}
