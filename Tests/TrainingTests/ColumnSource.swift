// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import GlazerCore
import Inference

#if canImport(Glibc)
  import Glibc
#endif

/// An analytic stand-in for the emulator: dark Gaussian columns that move and split as the oxygen columns of a tilted
/// perovskite do.
/// Thickness scales the contrast, defocus widens all columns a little, the source widens them in quadrature.
struct ColumnSource: CellImageSource {
  var gridWidth = 64
  var gridHeight = 96
  var imaging: TrainedConditions.Imaging?
  let pseudoCubicA = 3.905
  let tiltRangeDegrees = -10.0...10.0
  let thicknessRangeNm = 4.0...20.0
  let defocusRangeA = -40.0...40.0

  struct Workspace {
    var x: [Float]
    var y: [Float]
  }

  func makeWorkspace() -> Workspace {
    Workspace(x: Array(repeating: 0, count: gridWidth), y: Array(repeating: 0, count: gridHeight))
  }

  func render(_ state: ImagingState, into grid: inout [Float], workspace w: inout Workspace) {
    for i in grid.indices { grid[i] = 0.3 }
    let broadening = state.sourceFWHMA / 2.355
    let width = (0.35 * 0.35 + broadening * broadening + 1e-4 * abs(state.defocusA)).squareRoot()
    let strength = 0.2 * (1 - state.thicknessNm / 60) * 0.35 * 0.35 / (width * width)
    let radians = Double.pi / 180
    let a = pseudoCubicA
    let half = Double(0.5).squareRoot()
    for j in 0..<2 {
      for i in 0..<2 {
        let tilt = (i + j).isMultiple(of: 2) ? state.tilt : -state.tilt
        let x = Double(i) * half * a
        let y = Double(j) * a
        add(x, y, width, 0.8 * strength, &grid, &w)
        add(x, y + a / 2, width, strength, &grid, &w)
        // The apical oxygen beside A moves across the beam; the one to the right moves along v and splits.
        add(x - half * tilt.q * radians * a, y + a / 2, width, 0.2 * strength, &grid, &w)
        let along = half * tilt.q * radians * a / 2
        let splitX = half * tilt.r * radians * a / 2
        let splitY = -half * tilt.p * radians * a / 2
        for side in [-1.0, 1] {
          add(x + half * a / 2 + side * splitX, y + along + side * splitY, width, 0.3 * strength, &grid, &w)
        }
      }
    }
  }

  private func add(
    _ x: Double, _ y: Double, _ width: Double, _ depth: Double, _ grid: inout [Float], _ w: inout Workspace
  ) {
    func profile(_ out: inout [Float], _ centre: Double, _ period: Double) {
      for k in out.indices {
        let d = Double(k) / Double(out.count) * period - centre
        let nearest = d - period * (d / period).rounded()
        out[k] = Float(exp(-nearest * nearest / (2 * width * width)))
      }
    }
    profile(&w.x, x, pseudoCubicA * Double(2).squareRoot())
    profile(&w.y, y, pseudoCubicA * 2)
    let columns = gridWidth
    let d = Float(depth)
    grid.withUnsafeMutableBufferPointer { grid in
      w.x.withUnsafeBufferPointer { wx in
        for row in 0..<gridHeight {
          let scale = d * w.y[row]
          for column in 0..<columns { grid[row * columns + column] -= scale * wx[column] }
        }
      }
    }
  }
}
