// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator

/// Standard deviations of what training draws beside the tilt: what a reader knows of it beforehand.
struct ReaderPriors {
  /// Å, of each axis.
  var shiftA: Double
  /// Of each axis.
  var scale: Double
  /// Radians.
  var rotation: Double
  var shear: Double
  /// In the order of the rows of `HeadlessRenderer.gradient` for `nuisance` after the two of the shift: defocus (Å), source (Å²),
  /// thickness (nm) …; 0 of what training leaves out.
  var imaging: [Double]
  /// In units of the image's standard deviation over the length of a patch.
  var gradient: Double

  static let nuisance: NuisanceParameters = [.shift, .defocus, .thickness, .source, .mistilt, .vibration]

  init(_ ranges: AugmentationRanges, source: some CellImageSource) {
    func uniform(_ interval: Interval) -> Double { (interval.upper - interval.lower) / 12.0.squareRoot() }
    /// E[vⁿ] of a uniform v.
    func moment(_ interval: Interval, _ n: Int) -> Double {
      guard interval.upper > interval.lower else { return power(interval.upper, n) }
      return (power(interval.upper, n + 1) - power(interval.lower, n + 1))
        / (Double(n + 1) * (interval.upper - interval.lower))
    }
    func power(_ x: Double, _ n: Int) -> Double { (0..<n).reduce(1) { product, _ in product * x } }
    let degree = Double.pi / 180
    shiftA = ranges.shiftA
    scale = uniform(Interval(-ranges.scale, ranges.scale))
    rotation = uniform(Interval(-ranges.rotationDegrees * degree, ranges.rotationDegrees * degree))
    shear = uniform(Interval(-ranges.shearDegrees * degree, ranges.shearDegrees * degree))
    let sourceMean = moment(ranges.sourceFWHMA, 2)
    // In any direction: half of the square falls to each axis.
    let mistilt = (moment(ranges.mistiltMrad, 2) / 2).squareRoot()
    let vibration = (moment(ranges.vibrationFWHMA, 4) / 2).squareRoot()
    imaging = [
      uniform(ranges.defocusA ?? Interval(source.defocusRangeA)),
      uniform(ranges.thicknessNm ?? Interval(source.thicknessRangeNm)),
      max(0, moment(ranges.sourceFWHMA, 4) - sourceMean * sourceMean).squareRoot(), mistilt, mistilt, vibration,
      vibration,
    ]
    gradient = ranges.gradient
  }
}
