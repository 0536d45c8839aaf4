// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Fourier
import GlazerCore

/// Images, and their derivatives, that do not know the joint sign of p and r: the mean of the images of (p, q, r) and
/// (−p, q, −r).
///
/// The two differ by about one per cent, by the layer that the crystal begins with. Nobody knows that layer, so the
/// difference must not count as information about p and r; in the mean, nothing is left of it. One thread at a time.
final class HeadlessRenderer<Source: CellImageSource> {
  let source: Source
  private var workspace: Source.Workspace
  private var grid: [Float]
  private let transform: RealTransform2D

  init(_ source: Source) {
    self.source = source
    workspace = source.makeWorkspace()
    grid = [Float](repeating: 0, count: source.gridWidth * source.gridHeight)
    transform = RealTransform2D(rows: source.gridHeight, columns: source.gridWidth)
  }

  /// Fractions of the beam, `[y][x]`. Two renderings, one where p = r = 0.
  func image(_ state: ImagingState) -> [Double] {
    source.render(state, into: &grid, workspace: &workspace)
    var sum = grid.map(Double.init)
    guard state.tilt.rho > 0 else { return sum }
    var other = state
    other.tilt = TiltAngles(p: -state.tilt.p, q: state.tilt.q, r: -state.tilt.r)
    source.render(other, into: &grid, workspace: &workspace)
    for n in sum.indices { sum[n] = (sum[n] + Double(grid[n])) / 2 }
    return sum
  }

  /// Image and derivatives at a state within the source's ranges.
  func gradient(
    _ state: ImagingState, nuisance: NuisanceParameters = .standard, steps: DerivativeSteps = DerivativeSteps()
  ) -> ImageGradient {
    let image = image(state)
    let tilt = (0..<3).map { axis in
      difference(-steps.tiltDegrees, steps.tiltDegrees) { step in
        var v = SIMD3(state.tilt.p, state.tilt.q, state.tilt.r)
        v[axis] += step
        var moved = state
        moved.tilt = TiltAngles(p: v.x, q: v.y, r: v.z)
        return moved
      }
    }
    var rows: [[Double]] = []
    if nuisance.contains(.shift) { rows += slopes(image) }
    if nuisance.contains(.scale) { rows.append(image) }
    if nuisance.contains(.offset) { rows.append([Double](repeating: 1, count: image.count)) }
    if nuisance.contains(.defocus) {
      rows.append(
        difference(of: \.defocusA, state, step: steps.defocusA, within: source.defocusRangeA))
    }
    if nuisance.contains(.thickness) {
      rows.append(difference(of: \.thicknessNm, state, step: steps.thicknessNm, within: source.thicknessRangeNm))
    }
    if nuisance.contains(.source) {
      let square = state.sourceFWHMA * state.sourceFWHMA
      rows.append(
        difference(max(0, square - steps.sourceSquaredA2), square + steps.sourceSquaredA2) { value in
          var moved = state
          moved.sourceFWHMA = value.squareRoot()
          return moved
        })
    }
    if nuisance.contains(.mistilt) {
      for axis in [\ImagingState.mistiltMrad.x, \ImagingState.mistiltMrad.y] {
        rows.append(difference(of: axis, state, step: steps.mistiltMrad, within: source.mistiltRangeMrad))
      }
    }
    if nuisance.contains(.vibration) {
      for axis in 0..<2 {
        rows.append(
          difference(-steps.sourceSquaredA2, steps.sourceSquaredA2) { step in
            var moved = state
            moved.vibrationFWHMA = Self.stretched(state.vibrationFWHMA, axis: axis, by: step)
            return moved
          })
      }
    }
    return ImageGradient(image: image, tilt: tilt, nuisance: rows)
  }

  /// The vector whose (x² − y², 2xy) differs by `step` in one of the two. Of the vector's square, which differs too, the source's size
  /// makes up.
  private static func stretched(_ vector: SIMD2<Double>, axis: Int, by step: Double) -> SIMD2<Double> {
    var pair = SIMD2(vector.x * vector.x - vector.y * vector.y, 2 * vector.x * vector.y)
    pair[axis] += step
    let square = (pair.x * pair.x + pair.y * pair.y).squareRoot()
    let angle = atan2(pair.y, pair.x) / 2
    return square.squareRoot() * SIMD2(cos(angle), sin(angle))
  }

  /// A central difference, one-sided at the ends of the source's range.
  private func difference(
    of parameter: WritableKeyPath<ImagingState, Double>, _ state: ImagingState, step: Double,
    within range: ClosedRange<Double>
  ) -> [Double] {
    let value = state[keyPath: parameter]
    return difference(max(range.lowerBound, value - step), min(range.upperBound, value + step)) { value in
      var moved = state
      moved[keyPath: parameter] = value
      return moved
    }
  }

  private func difference(_ low: Double, _ high: Double, _ state: (Double) -> ImagingState) -> [Double] {
    let (first, second) = (image(state(low)), image(state(high)))
    return first.indices.map { (second[$0] - first[$0]) / (high - low) }
  }

  /// Derivatives along x and y, per period, from the image's own Fourier series: exact for the band-limited images of
  /// a probe.
  private func slopes(_ image: [Double]) -> [[Double]] {
    let (rows, columns) = (source.gridHeight, source.gridWidth)
    return [true, false].map { alongX in
      for n in image.indices { transform.real[n] = Float(image[n]) }
      transform.forward()
      for k in 0..<rows {
        for h in 0..<transform.spectrumColumns {
          let signed = k > rows / 2 ? k - rows : k
          // The highest frequency of an even grid has no derivative that is real.
          let isHighest = alongX ? 2 * h == columns : 2 * k == rows
          let factor = isHighest ? 0 : 2 * Float.pi * Float(alongX ? h : signed) / Float(rows * columns)
          let n = k * transform.spectrumColumns + h
          let value = transform.spectrum[n]
          transform.spectrum[n] = Complex32(-factor * value.im, factor * value.re)
        }
      }
      transform.inverse()
      return transform.real.map(Double.init)
    }
  }
}
