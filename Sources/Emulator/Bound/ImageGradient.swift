// SPDX-License-Identifier: GPL-3.0-or-later

/// An image and how it changes with each parameter, on the grid of its source: `image[pixel]`, `tilt[p, q, r][pixel]` per
/// degree, `nuisance[parameter][pixel]` in units that do not matter.
public struct ImageGradient: Sendable {
  public var image: [Double]
  public var tilt: [[Double]]
  public var nuisance: [[Double]]
}

/// Half the distance between the two images of a central difference.
///
/// Against the error of third order stand the rounding of the images to single precision and the kinks of interpolation
/// between nodes. Images vary over 10° and more of tilt, so 0.25° leaves 10⁻³ of a derivative; 5 Å of defocus is half the
/// distance of the nodes of the emulator. `halved` is for checking.
public struct DerivativeSteps: Sendable, Hashable {
  public var tiltDegrees = 0.25
  public var defocusA = 5.0
  public var thicknessNm = 0.25
  /// Of the squares of the source's width and of the vibration's, Å².
  public var sourceSquaredA2 = 0.02
  public var mistiltMrad = 0.5

  public init() {}

  public var halved: DerivativeSteps {
    var steps = self
    steps.tiltDegrees /= 2
    steps.defocusA /= 2
    steps.thicknessNm /= 2
    steps.sourceSquaredA2 /= 2
    steps.mistiltMrad /= 2
    return steps
  }
}
