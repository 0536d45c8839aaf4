// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// Standard deviations of p, q and r that no reading of an image can beat (Cramér-Rao), for the Poisson noise of the electrons alone.
///
/// All cells of the area looked at count as tilted alike (with alternating sign). Infinite means that the image holds no
/// information on the angle in first order: that is so for p and r where both are 0, and there `DetectionCurve` tells how
/// large they must be to be seen.
public struct TiltBound: Sendable, Hashable {
  /// Degrees times the square root of the number of beam electrons.
  public var p: Double
  public var q: Double
  public var r: Double

  /// The area that one pair of B columns (one octahedron of each sign) takes up for a pseudo-cubic cell of `a` Å: √2 a²,
  /// 21.57 Å² in SrTiO3.
  public static func pairAreaA2(pseudoCubicA a: Double) -> Double { Double(2).squareRoot() * a * a }

  /// Degrees, at a dose in electrons per Å² on `areaA2`; goes as (dose · area)^(−1/2).
  public func standardDeviations(dosePerA2: Double, areaA2: Double) -> (p: Double, q: Double, r: Double) {
    let root = (dosePerA2 * areaA2).squareRoot()
    return (p / root, q / root, r / root)
  }
}

/// Works out bounds from the images of a source by central differences. One thread at a time; about 20 renderings a bound.
public final class BoundCalculator<Source: CellImageSource> {
  let renderer: HeadlessRenderer<Source>
  public let nuisance: NuisanceParameters
  public let steps: DerivativeSteps

  public init(
    source: Source, nuisance: NuisanceParameters = .standard, steps: DerivativeSteps = DerivativeSteps()
  ) {
    renderer = HeadlessRenderer(source)
    self.nuisance = nuisance
    self.steps = steps
  }

  /// The bound at a state; throws for one that the source was not made for.
  public func bound(_ state: ImagingState) throws(EmulatorError) -> TiltBound {
    let gradient = try gradient(state)
    let fisher = FisherInformation(image: gradient.image, rows: gradient.tilt + gradient.nuisance)
    let sigma = try fisher.standardDeviations(first: 3)
    return TiltBound(p: sigma[0], q: sigma[1], r: sigma[2])
  }

  /// The image of a state and its derivatives; throws for one that the source was not made for.
  public func gradient(_ state: ImagingState) throws(EmulatorError) -> ImageGradient {
    try check(state)
    return renderer.gradient(state, nuisance: nuisance, steps: steps)
  }

  /// Refuses what lies outside of what the source was made for.
  func check(_ state: ImagingState) throws(EmulatorError) {
    let source = renderer.source
    func check(_ what: String, _ value: Double, _ range: ClosedRange<Double>) throws(EmulatorError) {
      guard range.lowerBound - 1e-9 <= value, value <= range.upperBound + 1e-9 else {
        throw .badDesign(
          what: what, expected: String(format: "%.4g to %.4g", range.lowerBound, range.upperBound),
          found: String(format: "%.4g", value))
      }
    }
    for angle in [state.tilt.alpha, state.tilt.beta, state.tilt.gamma] {
      try check("tilt, degrees", angle, source.tiltRangeDegrees)
    }
    try check("thickness, nm", state.thicknessNm, source.thicknessRangeNm)
    try check("defocus, Å", state.defocusA, source.defocusRangeA)
    try check("source size, Å", state.sourceFWHMA, 0...5)
  }
}
