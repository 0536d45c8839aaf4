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
/// Each pixel stands for the mean over its area. It is one bilinear sample of the grid, smoothed before along the lattice by as much
/// as makes the two together as wide as a pixel (second moments): distortions of a few per cent turn and stretch a pixel by
/// nothing that shows, and the grid has fewer points than the region has pixels. About 0.06 ms.
struct CellSampler {
  let normalisation: NormalisationGeometry
  let gridWidth: Int
  let gridHeight: Int
  let pseudoCubicA: Double
  /// Å from one grid point to the next.
  private let spacingA: (x: Double, y: Double)
  /// Å from one B column to the next along x and y.
  private let columnA: (x: Double, y: Double)
  /// Whole periods before the one that is sampled: as many keep every coordinate positive.
  private let middlePeriod: Int
  /// Index modulo the period over several periods: faster than a division a sample.
  private let wrapX: [Int32]
  private let wrapY: [Int32]
  /// The smoothed grid, with its first column and row repeated at the end; and what they were made from.
  private let means: FloatBuffer
  private let rowMeans: FloatBuffer

  /// `columnsAcross`: B columns along x that the grid shows; along y they are two.
  init(
    _ normalisation: NormalisationGeometry, gridWidth: Int, gridHeight: Int, columnsAcross: Int = 2,
    pseudoCubicA: Double
  ) {
    self.normalisation = normalisation
    self.gridWidth = gridWidth
    self.gridHeight = gridHeight
    self.pseudoCubicA = pseudoCubicA
    columnA = (pseudoCubicA * Double(0.5).squareRoot(), pseudoCubicA)
    spacingA = (Double(columnsAcross) * columnA.x / Double(gridWidth), 2 * columnA.y / Double(gridHeight))
    let rowLength = gridWidth + 1
    middlePeriod = Self.periodsAround(normalisation)
    let periods = 2 * middlePeriod + 1
    wrapX = (0..<periods * gridWidth).map { Int32($0 % gridWidth) }
    wrapY = (0..<periods * gridHeight).map { Int32($0 % gridHeight * rowLength) }
    means = FloatBuffer(count: rowLength * (gridHeight + 1))
    rowMeans = FloatBuffer(count: gridWidth * gridHeight)
  }

  /// Three keep every point of the region of `NetworkArchitecture.compact` within the grid, whatever `AugmentationRanges.check` lets through; a wider
  /// region takes as many more.
  private static func periodsAround(_ normalisation: NormalisationGeometry) -> Int {
    func cells(_ normalisation: NormalisationGeometry) -> (across: Double, down: Double) {
      let (region, patch) = (normalisation.region, normalisation.patch)
      return (
        Double(region.width) / Double(patch.pixelsPerA), Double(region.height) / Double(patch.pixelsPerB)
      )
    }
    guard let usual = NormalisationGeometry(NetworkArchitecture.compact.patch).map(cells) else { return 3 }
    let own = cells(normalisation)
    return Int((3 * max(1, own.across / usual.across, own.down / usual.down)).rounded(.up))
  }

  /// Size of a patch pixel on the specimen, Å.
  var pixelA: (x: Double, y: Double) {
    (columnA.x / Double(normalisation.patch.pixelsPerA), columnA.y / Double(normalisation.patch.pixelsPerB))
  }

  /// Writes the region (`NormalisationGeometry.region`) around B column (columnI, columnJ), each 0 or 1, of the 2 × 2 that the grid shows.
  func sample(
    _ grid: UnsafePointer<Float>, columnI: Int, columnJ: Int, distortion d: PatchDistortion,
    into pixels: UnsafeMutablePointer<Float>
  ) {
    average(grid)
    let region = normalisation.region
    let rowLength = gridWidth + 1
    let originX =
      Double(gridWidth * middlePeriod) + (columnA.x * Double(columnI) + d.shiftA.x) / spacingA.x
    let originY =
      Double(gridHeight * middlePeriod) + (columnA.y * Double(columnJ) + d.shiftA.y) / spacingA.y
    let dxx = Float(d.xx * pixelA.x / spacingA.x)
    let dxy = Float(d.xy * pixelA.y / spacingA.x)
    let dyx = Float(d.yx * pixelA.x / spacingA.y)
    let dyy = Float(d.yy * pixelA.y / spacingA.y)
    let lineX = d.lineX.map { Float($0 / spacingA.x) }
    let lineY = d.lineY.map { Float($0 / spacingA.y) }
    let means = self.means.base
    wrapX.withUnsafeBufferPointer { wrapX in
      wrapY.withUnsafeBufferPointer { wrapY in
        for row in 0..<region.height {
          let v = Float(row - region.columnY)
          for column in 0..<region.width {
            let u = Float(column - region.columnX)
            var x = Float(originX) + dxx * u + dxy * v
            var y = Float(originY) + dyx * u + dyy * v
            if !lineX.isEmpty {
              let line = d.linesAreColumns ? column : row
              x += lineX[line]
              y += lineY[line]
            }
            let (ix, iy) = (Int(x), Int(y))
            let (fx, fy) = (x - Float(ix), y - Float(iy))
            let corner = means + Int(wrapY[iy]) + Int(wrapX[ix])
            let top = corner[0] + fx * (corner[1] - corner[0])
            let bottom = corner[rowLength] + fx * (corner[rowLength + 1] - corner[rowLength])
            pixels[row * region.width + column] = top + fy * (bottom - top)
          }
        }
      }
    }
  }

  /// Means over pixels at the grid points: along x, then y, half of the values (linear between points) a little to either side.
  ///
  /// With grid points 1 apart, a pixel of width w has the second moment w²/12, a bilinear sample anywhere between two points 1/6 in the
  /// mean, and two values at a distance d ≤ 1 to either side, linear between points, d.
  private func average(_ grid: UnsafePointer<Float>) {
    func distance(_ pixel: Double) -> (whole: Int, fraction: Float) {
      let moment = max(0, pixel * pixel / 12 - 1 / 6.0)
      // Beyond one point the moment is that of the distance itself.
      let d = moment <= 1 ? moment : moment.squareRoot()
      return (Int(d), Float(d - d.rounded(.down)))
    }
    let (stepX, shareX) = distance(pixelA.x / spacingA.x)
    let (stepY, shareY) = distance(pixelA.y / spacingA.y)
    let (width, height) = (gridWidth, gridHeight)
    let (near, far) = (0.5 * (1 - shareX), 0.5 * shareX)
    for y in 0..<height {
      let row = grid + y * width
      let out = rowMeans.base + y * width
      for x in 0..<width {
        let (a, b) = ((x + width - stepX) % width, (x + stepX) % width)
        out[x] = near * (row[a] + row[b]) + far * (row[a == 0 ? width - 1 : a - 1] + row[b == width - 1 ? 0 : b + 1])
      }
    }
    for y in 0...height {
      let (a, b) = ((y + height - stepY) % height, (y + stepY) % height)
      let (before, after) = ((a + height - 1) % height, (b + 1) % height)
      let rows = rowMeans.base
      let out = means.base + y * (width + 1)
      for x in 0..<width {
        out[x] =
          0.5 * (1 - shareY) * (rows[a * width + x] + rows[b * width + x])
          + 0.5 * shareY * (rows[before * width + x] + rows[after * width + x])
      }
      out[width] = out[0]
    }
  }
}
