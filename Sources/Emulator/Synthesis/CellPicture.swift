// SPDX-License-Identifier: GPL-3.0-or-later
import Fourier
import GlazerCore
import Multislice

/// One simulated superlattice cell, 2 × 2 B columns of pattern `---` or 4 × 2 of one with `+` about a or b, that can be
/// read at any point of the crystal.
///
/// Values are fractions of the beam. The Fourier series of the simulation is laid out on a grid of about 0.04 Å once; in
/// between, cubic interpolation (Catmull-Rom) is exact to better than 0.1 % of the contrast.
public struct CellPicture: Sendable {
  public let tilt: TiltAngles
  /// B columns along [110] in one period.
  private let across: Double
  /// Points along [110] and [001].
  private let width: Int
  private let height: Int
  /// Row-major [y][x] with x along [110].
  private let values: [Float]

  /// `spectrum` is that of the cell with the octahedron of `tilt` at its origin.
  public init(tilt: TiltAngles, spectrum: ImageSpectrum, width: Int = 128, height: Int = 192) {
    self.tilt = tilt
    across = 2
    self.width = width
    self.height = height
    let columns = spectrum.image(nx: width, ny: height)
    var rows = [Float](repeating: 0, count: columns.count)
    for x in 0..<width {
      for y in 0..<height { rows[y * width + x] = columns[x * height + y] }
    }
    values = rows
  }

  /// The image of `state` as `source` shows it, on a grid twice as fine.
  public init<Source: CellImageSource>(_ source: Source, _ state: ImagingState) {
    tilt = state.tilt
    across = Double(source.gridWidth) / 32
    var grid = [Float](repeating: 0, count: source.gridWidth * source.gridHeight)
    var workspace = source.makeWorkspace()
    source.render(state, into: &grid, workspace: &workspace)
    (width, height) = (2 * source.gridWidth, 2 * source.gridHeight)
    values = Self.doubled(grid, width: source.gridWidth, height: source.gridHeight)
  }

  /// A periodic grid on twice as many points along both axes, by its Fourier series.
  private static func doubled(_ grid: [Float], width: Int, height: Int) -> [Float] {
    let coarse = RealTransform2D(rows: height, columns: width)
    for index in grid.indices { coarse.real[index] = grid[index] }
    coarse.forward()
    let fine = RealTransform2D(rows: 2 * height, columns: 2 * width)
    fine.spectrum.update(repeating: .zero)
    let norm = 1 / Float(width * height)
    // The highest frequency of either axis is left out: it has no sign.
    for k in (1 - height / 2)..<(height / 2) {
      for l in 0..<(width / 2) {
        let value = coarse.spectrum[(k < 0 ? k + height : k) * coarse.spectrumColumns + l]
        fine.spectrum[(k < 0 ? k + 2 * height : k) * fine.spectrumColumns + l] = norm * value
      }
    }
    fine.inverse()
    return Array(fine.real)
  }

  /// The intensity at lattice coordinates (i, j): B columns at whole numbers, the one of `tilt` at (0, 0). O(1).
  public func value(_ i: Double, _ j: Double) -> Double {
    let x = (i / across - (i / across).rounded(.down)) * Double(width)
    let y = (j / 2 - (j / 2).rounded(.down)) * Double(height)
    let (x0, y0) = (Int(x), Int(y))
    let (wx, wy) = (Self.weights(x - Double(x0)), Self.weights(y - Double(y0)))
    var sum = 0.0
    for dy in 0..<4 {
      let row = ((y0 + dy - 1 + height) % height) * width
      var line = 0.0
      for dx in 0..<4 { line += wx[dx] * Double(values[row + (x0 + dx - 1 + width) % width]) }
      sum += wy[dy] * line
    }
    return sum
  }

  private static func weights(_ t: Double) -> SIMD4<Double> {
    SIMD4(
      ((-0.5 * t + 1) * t - 0.5) * t, (1.5 * t - 2.5) * t * t + 1, ((-1.5 * t + 2) * t + 0.5) * t,
      (0.5 * t - 0.5) * t * t)
  }
}
