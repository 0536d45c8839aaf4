// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Foundation
import GlazerCore
import Inference
import Testing

@testable import Training

@Suite struct CellSamplerTests {
  /// The mean over each pixel's area of a grid four times as fine, where the distortion puts it, against one sample of the smoothed grid.
  @Test func pixelsAreMeansOverTheirArea() throws {
    let (source, fine) = (ColumnSource(), ColumnSource(gridWidth: 256, gridHeight: 384))
    let geometry = try AugmentationTests.geometry()
    let (width, height) = (source.gridWidth, source.gridHeight)
    let state = ImagingState(tilt: TiltAngles(p: 5, q: 3, r: -4), thicknessNm: 10, defocusA: 0, sourceFWHMA: 0.3)
    func render(_ source: ColumnSource) -> [Float] {
      var workspace = source.makeWorkspace()
      var grid = [Float](repeating: 0, count: source.gridWidth * source.gridHeight)
      source.render(state, into: &grid, workspace: &workspace)
      return grid
    }
    let (grid, fineGrid) = (render(source), render(fine))
    let sampler = CellSampler(geometry, gridWidth: width, gridHeight: height, pseudoCubicA: source.pseudoCubicA)
    var d = PatchDistortion()
    d.shiftA = Vector2(0.1, -0.07)
    (d.xx, d.xy, d.yx, d.yy) = (1.02, 0.04, -0.03, 0.98)
    let region = geometry.region
    var pixels = [Float](repeating: 0, count: region.width * region.height)
    sampler.sample(grid, columnI: 1, columnJ: 0, distortion: d, into: &pixels)

    func value(_ x: Double, _ y: Double) -> Double {
      let (width, height) = (fine.gridWidth, fine.gridHeight)
      func at(_ x: Int, _ y: Int) -> Double {
        Double(fineGrid[(y + 9 * height) % height * width + (x + 9 * width) % width])
      }
      let (ix, iy) = (x.rounded(.down), y.rounded(.down))
      let (fx, fy) = (x - ix, y - iy)
      let (nx, ny) = (Int(ix), Int(iy))
      return (1 - fy) * ((1 - fx) * at(nx, ny) + fx * at(nx + 1, ny))
        + fy * ((1 - fx) * at(nx, ny + 1) + fx * at(nx + 1, ny + 1))
    }
    let column = (x: source.pseudoCubicA * Double(0.5).squareRoot(), y: source.pseudoCubicA)
    let spacing = (x: 2 * column.x / Double(fine.gridWidth), y: 2 * column.y / Double(fine.gridHeight))
    let pixel = sampler.pixelA
    var (error, energy) = (0.0, 0.0)
    let mean = grid.reduce(0.0) { $0 + Double($1) } / Double(grid.count)
    for row in 0..<region.height {
      for k in 0..<region.width {
        var sum = 0.0
        for n in 0..<16 {
          let u = (Double(k - region.columnX) + (Double(n % 4) - 1.5) / 4) * pixel.x
          let v = (Double(row - region.columnY) + (Double(n / 4) - 1.5) / 4) * pixel.y
          sum += value(
            (column.x + d.shiftA.x + d.xx * u + d.xy * v) / spacing.x, (d.shiftA.y + d.yx * u + d.yy * v) / spacing.y)
        }
        let found = Double(pixels[row * region.width + k])
        error += (found - sum / 16) * (found - sum / 16)
        energy += (sum / 16 - mean) * (sum / 16 - mean)
      }
    }
    let relative = (error / energy).squareRoot()
    #expect(relative < 0.01, "\(relative) of the contrast")
  }
}
