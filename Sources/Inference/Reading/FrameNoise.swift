// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// How noisy an image is at the scale of its superlattice, whatever makes the noise: electrons, films, the scan.
///
/// Cells two columns apart tilt alike in every pattern without `+` about a or b, so that they differ by noise alone, and by slow
/// changes, which second differences do not see. They are compared box by box, 3 × 4 boxes of about 1 Å a cell: an average over such a
/// box passes what lies below some 0.5 Å⁻¹, where the first reflections of the superlattice are, and not what neighbouring pixels alone know.
public enum FrameNoise {
  private static let boxes = (a: 3, b: 4)
  /// Of ten cells: fewer tell the noise worse than to a fifth.
  private static let leastDifferences = 120
  /// The first so many cells of a frame tell its noise to a hundredth; more would take the memory of all.
  private static let mostCells = 10_000
  /// Along an axis of a box, however fine the pixels are.
  private static let mostPoints = 32

  /// The dose, electrons per Å², whose shot noise would be as strong in an image of this mean if the detector collected the whole beam and
  /// black were zero; collecting a share of it, so much more. `lattice` is that of the B columns in pixels, `cellAreaA2` the area of one
  /// cell, Å². nil for images of too few cells, or without a positive mean. O(cells · pixels of a cell).
  public static func dosePerA2(
    of image: Image, saturationLevel: Float?, lattice: LocalLattice, cellAreaA2: Double
  ) -> Double? {
    guard let walk = ColumnWalk(lattice, width: image.width, height: image.height) else { return nil }
    var cells: [CellIndex: [Double]] = [:]
    var (sum, count) = (0.0, 0)
    walk.visit { index, _ in
      guard cells.count < mostCells,
        let means = boxMeans(of: image, below: saturationLevel ?? .infinity, about: index, lattice)
      else { return }
      cells[index] = means
      sum += means.reduce(0, +)
      count += means.count
    }
    var squares: [Double] = []
    for (index, middle) in cells {
      for (i, j) in [(2, 0), (0, 2)] {
        guard let before = cells[CellIndex(i: index.i - i, j: index.j - j)],
          let after = cells[CellIndex(i: index.i + i, j: index.j + j)]
        else { continue }
        for box in middle.indices {
          let difference = before[box] - 2 * middle[box] + after[box]
          squares.append(difference * difference)
        }
      }
    }
    guard squares.count >= leastDifferences, cellAreaA2 > 0 else { return nil }
    let mean = sum / Double(count)
    squares.sort()
    // Of a normal distribution the median square is 0.4549 of the mean one; walls and defects do not move it. A second difference has six times
    // the variance of a box.
    let (a, b) = (lattice.straight.a, lattice.straight.b)
    let variance = squares[squares.count / 2] / 0.4549 / 6 / (kept(a, boxes.a) * kept(b, boxes.b))
    guard mean > 0, variance > 0 else { return nil }
    return mean * mean / (variance * cellAreaA2 / Double(boxes.a * boxes.b))
  }

  /// How much of the variance of white noise is left in a box of this size, pixels, whose points are interpolated: the box's edges are
  /// blurred by a triangle of two pixels, which takes 7/15 of a pixel's worth along each axis.
  private static func kept(_ axis: Vector2, _ boxes: Int) -> Double {
    max(0.5, 1 - 7 / 15 / (axis.length / Double(boxes)))
  }

  /// nil for a cell with pixels that are missing, saturated or outside.
  private static func boxMeans(
    of image: Image, below saturation: Float, about index: CellIndex, _ lattice: LocalLattice
  ) -> [Double]? {
    let axes = lattice.about(Double(index.i), Double(index.j))
    let centre = lattice.position(Double(index.i), Double(index.j))
    // Two points a pixel.
    func points(_ axis: Vector2, _ boxes: Int) -> Int {
      min(max(Int((2 * axis.length / Double(boxes)).rounded(.up)), 1), mostPoints)
    }
    let (across, down) = (points(axes.a, boxes.a), points(axes.b, boxes.b))
    var means: [Double] = []
    for box in 0..<boxes.a * boxes.b {
      var sum = 0.0
      for point in 0..<across * down {
        let u = (Double(box % boxes.a) + (Double(point % across) + 0.5) / Double(across)) / Double(boxes.a) - 0.5
        let v = (Double(box / boxes.a) + (Double(point / across) + 0.5) / Double(down)) / Double(boxes.b) - 0.5
        guard let value = interpolated(image, below: saturation, at: centre + u * axes.a + v * axes.b) else {
          return nil
        }
        sum += value
      }
      means.append(sum / Double(across * down))
    }
    return means
  }

  private static func interpolated(_ image: Image, below saturation: Float, at place: Vector2) -> Double? {
    let (left, top) = (place.x.rounded(.down), place.y.rounded(.down))
    guard left >= 0, top >= 0, left < Double(image.width - 1), top < Double(image.height - 1) else { return nil }
    let (x, y, u, v) = (Int(left), Int(top), place.x - left, place.y - top)
    let corners = (image[x, y], image[x + 1, y], image[x, y + 1], image[x + 1, y + 1])
    let largest = max(max(corners.0, corners.1), max(corners.2, corners.3))
    let value =
      (1 - v) * ((1 - u) * Double(corners.0) + u * Double(corners.1))
      + v * ((1 - u) * Double(corners.2) + u * Double(corners.3))
    return value.isFinite && largest < saturation ? value : nil
  }
}
