// SPDX-License-Identifier: GPL-3.0-or-later

/// What registration expects and tolerates.
public struct RegistrationSettings: Sendable, Equatable {
  /// Pseudo-cubic cell of the material, nm; SrTiO3 by default.
  public var pseudoCubicNm = 0.3905
  /// With a known pixel size the cell may differ from `pseudoCubicNm` by this fraction: a pixel size wrong by 15 % and a
  /// material that differs by 3 %.
  public var cellTolerance = 0.2
  /// √2 |a| / |b| may differ from 1 by this fraction: 4 % of anisotropic scale and, across the axes, 2° of shear, and the
  /// crystal's own.
  public var anisotropyTolerance = 0.1
  /// a and b may differ from perpendicular by this many degrees: 2° of shear and, across the axes, 4 % of anisotropic scale.
  public var shearToleranceDegrees = 5.5
  /// Pixels per pseudo-cubic cell that are searched.
  public var pseudoCubicPxRange: ClosedRange<Double> = 7...48
  /// Below this `Registration.siteConfidence` the image is refused.
  public var minimumSiteConfidence = 0.8
  /// Larger fractions are refused.
  public var allowedMissingFraction = 0.6
  public var allowedSaturatedFraction = 0.2
  public var allowedPoorFraction = 0.85
  /// A lattice that changes more than this fraction between two frames is not tracked.
  public var trackingTolerance = 0.03

  public init() {}

  /// Smallest side of an image, pixels.
  public static let minimumSide = 64
}
