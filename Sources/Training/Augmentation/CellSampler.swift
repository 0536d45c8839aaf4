// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference

/// The errors with which a patch is cut from an image.
struct PatchDistortion {
  /// Of the B column, Å.
  var shiftA = Vector2.zero
  /// From ideal to real displacement from the centre (both Å): x' = xx·x + xy·y, y' = yx·x + yy·y.
  var (xx, xy, yx, yy) = (1.0, 0.0, 0.0, 1.0)
  /// Displacement of each scan line, Å; one per row, or per column when `linesAreColumns`. Empty: none.
  var lineX: [Double] = []
  var lineY: [Double] = []
  var linesAreColumns = false
}

/// Samples a periodic cell image on the region that normalising a patch takes.
///
/// Each pixel is the mean of 2 × 2 bilinear samples spread over its area: with 64 × 96 grid points on 32 × 48 pixels that
/// is a grid point each. About 0.2 ms.
struct CellSampler {
  private static let periods = 7
  /// Whole periods that keep every coordinate positive.
  private static let middlePeriod = 3.0

  let normalisation: NormalisationGeometry
  let gridWidth: Int
  let gridHeight: Int
  /// B columns along x that the grid shows; along y they are two.
  let columnsAcross: Int
  let pseudoCubicA: Double
  /// Index modulo the period over several periods: faster than a division a sample.
  private let wrapX: [Int32]
  private let wrapY: [Int32]

  init(
    _ normalisation: NormalisationGeometry, gridWidth: Int, gridHeight: Int, columnsAcross: Int = 2,
    pseudoCubicA: Double
  ) {
    self.normalisation = normalisation
    self.gridWidth = gridWidth
    self.gridHeight = gridHeight
    self.columnsAcross = columnsAcross
    self.pseudoCubicA = pseudoCubicA
    wrapX = (0..<Self.periods * gridWidth).map { Int32($0 % gridWidth) }
    wrapY = (0..<Self.periods * gridHeight).map { Int32($0 % gridHeight * gridWidth) }
  }

  private var patch: PatchGeometry { normalisation.patch }

  /// Area of a patch pixel on the specimen, Å².
  var pixelAreaA2: Double {
    pseudoCubicA * Double(0.5).squareRoot() / Double(patch.pixelsPerA) * pseudoCubicA / Double(patch.pixelsPerB)
  }

  /// Writes the region (`NormalisationGeometry.region`) around B column (columnI, columnJ), each 0 or 1, of the 2 × 2 that the grid shows.
  func sample(
    _ grid: UnsafePointer<Float>, columnI: Int, columnJ: Int, distortion d: PatchDistortion,
    into pixels: UnsafeMutablePointer<Float>
  ) {
    // One pixel in Å, and one Å in grid points.
    let stepX = pseudoCubicA * Double(0.5).squareRoot() / Double(patch.pixelsPerA)
    let stepY = pseudoCubicA / Double(patch.pixelsPerB)
    let gridPerAX = Double(gridWidth) / (Double(columnsAcross) * pseudoCubicA * Double(0.5).squareRoot())
    let gridPerAY = Double(gridHeight) / (pseudoCubicA * 2)
    let columnWidth = pseudoCubicA * Double(0.5).squareRoot() * gridPerAX
    let originX = Double(gridWidth) * Self.middlePeriod + columnWidth * Double(columnI) + d.shiftA.x * gridPerAX
    let originY = Double(gridHeight) * (Self.middlePeriod + 0.5 * Double(columnJ)) + d.shiftA.y * gridPerAY
    let region = normalisation.region
    let dxx = Float(d.xx * stepX * gridPerAX)
    let dxy = Float(d.xy * stepY * gridPerAX)
    let dyx = Float(d.yx * stepX * gridPerAY)
    let dyy = Float(d.yy * stepY * gridPerAY)
    wrapX.withUnsafeBufferPointer { wrapX in
      wrapY.withUnsafeBufferPointer { wrapY in
        func bilinear(_ x: Float, _ y: Float) -> Float {
          let ix = Int(x)
          let iy = Int(y)
          let fx = x - Float(ix)
          let fy = y - Float(iy)
          let x0 = Int(wrapX[ix])
          let x1 = Int(wrapX[ix + 1])
          let upper = grid + Int(wrapY[iy])
          let lower = grid + Int(wrapY[iy + 1])
          let top = upper[x0] + fx * (upper[x1] - upper[x0])
          let bottom = lower[x0] + fx * (lower[x1] - lower[x0])
          return top + fy * (bottom - top)
        }
        for row in 0..<region.height {
          let v = Float(row - region.columnY)
          for column in 0..<region.width {
            let u = Float(column - region.columnX)
            var x = Float(originX) + dxx * u + dxy * v
            var y = Float(originY) + dyx * u + dyy * v
            if !d.lineX.isEmpty {
              let line = d.linesAreColumns ? column : row
              x += Float(d.lineX[line] * gridPerAX)
              y += Float(d.lineY[line] * gridPerAY)
            }
            // Quarter pixels along the patch's own axes.
            let (ax, ay) = (0.25 * dxx, 0.25 * dyx)
            let (bx, by) = (0.25 * dxy, 0.25 * dyy)
            let sum =
              bilinear(x - ax - bx, y - ay - by) + bilinear(x + ax - bx, y + ay - by)
              + bilinear(x - ax + bx, y - ay + by) + bilinear(x + ax + bx, y + ay + by)
            pixels[row * region.width + column] = 0.25 * sum
          }
        }
      }
    }
  }
}
