// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator

/// What training samples are drawn from. It is part of the training's configuration and stands in the model's metadata.
public struct AugmentationRanges: Sendable, Hashable, Codable {
  /// α, β and γ are uniform in ± this, degrees.
  public var tiltDegrees = 10.0
  /// Share of the samples whose tilt is shrunk towards zero by a uniform random factor, so that small ρ and q are seen.
  public var shrunkShare = 0.25
  /// Uniform; nil takes the range of each image source.
  public var thicknessNm: Interval?
  /// Uniform, Å; nil takes the range of each image source.
  public var defocusA: Interval?
  /// Full width at half maximum of the source, Å, uniform.
  public var sourceFWHMA = Interval(0.3, 1.0)
  /// Full width at half maximum of a further blur along one direction, Å, uniform, in a direction drawn at random: vibration
  /// and drift, which else pass for a split of the oxygen columns.
  public var vibrationFWHMA = Interval(0, 0)
  /// Size of the specimen's mistilt, mrad, uniform, in a direction drawn at random.
  public var mistiltMrad = Interval(0, 0)
  /// Electrons per Å², uniform in the logarithm.
  public var dosePerA2 = Interval(1e3, 1e6)
  /// Relative rms spread of the detector's response to one electron: adds its square to the variance of a count of one.
  public var gainNoise = Interval(0, 0.5)
  /// Share of the samples whose noise is correlated between neighbouring pixels, as in images that were interpolated.
  public var correlatedShare = 0.5
  /// Weight of each neighbour in the three-tap filter on such noise.
  public var correlation = Interval(0, 0.25)
  /// Share of the samples whose noise a slow detector has smeared along the scan.
  public var lagShare = 0.0
  /// How far such a detector remembers, Å (to 1/e), uniform, in a direction drawn at random.
  public var lagA = Interval(0, 0)
  /// Share of the samples that lie under an amorphous film.
  public var filmShare = 0.0
  /// What such a film adds, rms in units of the image's standard deviation, uniform.
  public var film = Interval(0, 0)
  /// Full width at half maximum of a film's grains, Å, uniform.
  public var filmGrainA = Interval(0.4, 1.2)
  /// Registration error of the patch centre, Å rms per axis.
  public var shiftA = 0.15
  /// Registration error of each axis' scale, ± fraction.
  public var scale = 0.02
  /// ± degrees.
  public var rotationDegrees = 1.5
  /// ± degrees.
  public var shearDegrees = 1.5
  /// Scan-line jitter along the line, Å rms; across the line half of it.
  public var jitterA = Interval(0, 0.1)
  /// Slow background: rms slope over the patch in units of the image's standard deviation.
  public var gradient = 0.3
  /// Share of the samples that the edge of the image cuts along x, and along y.
  public var edgeShare = 0.1

  public init() {}

  enum CodingKeys: String, CodingKey {
    case tiltDegrees = "tilt_degrees"
    case shrunkShare = "shrunk_share"
    case thicknessNm = "thickness_nm"
    case defocusA = "defocus_A"
    case sourceFWHMA = "source_fwhm_A"
    case vibrationFWHMA = "vibration_fwhm_A"
    case mistiltMrad = "mistilt_mrad"
    case dosePerA2 = "dose_per_A2"
    case gainNoise = "gain_noise"
    case correlatedShare = "correlated_share"
    case correlation
    case lagShare = "lag_share"
    case lagA = "lag_A"
    case filmShare = "film_share"
    case film
    case filmGrainA = "film_grain_A"
    case shiftA = "shift_A"
    case scale
    case rotationDegrees = "rotation_degrees"
    case shearDegrees = "shear_degrees"
    case jitterA = "jitter_A"
    case gradient
    case edgeShare = "edge_share"
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func take<T: Decodable>(_ key: CodingKeys, _ value: inout T) throws {
      value = try values.decodeIfPresent(T.self, forKey: key) ?? value
    }
    try take(.tiltDegrees, &tiltDegrees)
    try take(.shrunkShare, &shrunkShare)
    thicknessNm = try values.decodeIfPresent(Interval.self, forKey: .thicknessNm)
    defocusA = try values.decodeIfPresent(Interval.self, forKey: .defocusA)
    try take(.sourceFWHMA, &sourceFWHMA)
    try take(.vibrationFWHMA, &vibrationFWHMA)
    try take(.mistiltMrad, &mistiltMrad)
    try take(.dosePerA2, &dosePerA2)
    try take(.gainNoise, &gainNoise)
    try take(.correlatedShare, &correlatedShare)
    try take(.correlation, &correlation)
    try take(.lagShare, &lagShare)
    try take(.lagA, &lagA)
    try take(.filmShare, &filmShare)
    try take(.film, &film)
    try take(.filmGrainA, &filmGrainA)
    try take(.shiftA, &shiftA)
    try take(.scale, &scale)
    try take(.rotationDegrees, &rotationDegrees)
    try take(.shearDegrees, &shearDegrees)
    try take(.jitterA, &jitterA)
    try take(.gradient, &gradient)
    try take(.edgeShare, &edgeShare)
  }
}

extension AugmentationRanges {
  /// Throws for values out of bounds or beyond any of the sources. Thickness and defocus that are not given stay so: each
  /// source has its own.
  public func check(for sources: [some CellImageSource]) throws(TrainingError) {
    func check(_ key: CodingKeys, _ interval: Interval?, within bounds: ClosedRange<Double>) throws(TrainingError) {
      guard let interval else { return }
      guard interval.lower <= interval.upper, bounds.contains(interval.lower), bounds.contains(interval.upper) else {
        throw .badConfiguration(
          key: "ranges.\(key.rawValue)", expected: "two ascending numbers within \(bounds)",
          found: "[\(interval.lower), \(interval.upper)]")
      }
    }
    func check(_ key: CodingKeys, _ value: Double, within bounds: ClosedRange<Double>) throws(TrainingError) {
      guard bounds.contains(value) else {
        throw .badConfiguration(key: "ranges.\(key.rawValue)", expected: "a number within \(bounds)", found: "\(value)")
      }
    }
    for source in sources {
      let tiltLimit = min(-source.tiltRangeDegrees.lowerBound, source.tiltRangeDegrees.upperBound)
      try check(.tiltDegrees, tiltDegrees, within: 0...max(0, tiltLimit))
      try check(.thicknessNm, thicknessNm, within: source.thicknessRangeNm)
      try check(.defocusA, defocusA, within: source.defocusRangeA)
      try check(.mistiltMrad, mistiltMrad, within: 0...max(0, source.mistiltRangeMrad.upperBound))
    }
    try check(.shrunkShare, shrunkShare, within: 0...1)
    try check(.sourceFWHMA, sourceFWHMA, within: 0...5)
    try check(.vibrationFWHMA, vibrationFWHMA, within: 0...5)
    try check(.dosePerA2, dosePerA2, within: 1...1e12)
    try check(.gainNoise, gainNoise, within: 0...3)
    try check(.correlatedShare, correlatedShare, within: 0...1)
    try check(.correlation, correlation, within: 0...0.33)
    try check(.filmShare, filmShare, within: 0...1)
    try check(.film, film, within: 0...1)
    try check(.filmGrainA, filmGrainA, within: 0...5)
    try check(.lagShare, lagShare, within: 0...1)
    try check(.lagA, lagA, within: 0...5)
    // Bounds of the geometry keep every sampled point within three periods of the cell (`CellSampler`).
    try check(.shiftA, shiftA, within: 0...0.4)
    try check(.scale, scale, within: 0...0.2)
    try check(.rotationDegrees, rotationDegrees, within: 0...15)
    try check(.shearDegrees, shearDegrees, within: 0...15)
    try check(.jitterA, jitterA, within: 0...0.3)
    try check(.gradient, gradient, within: 0...5)
    try check(.edgeShare, edgeShare, within: 0...1)
  }
}
