// SPDX-License-Identifier: GPL-3.0-or-later

/// A value in degrees and its standard deviation.
public struct RegionValue: Sendable, Equatable {
  public var value: Double
  public var sigma: Double

  public init(_ value: Double, sigma: Double) { (self.value, self.sigma) = (value, sigma) }
}

/// Connected cells of one domain, and what they say together.
public struct TiltRegion: Sendable, Equatable {
  /// Cells of the region, with those in it and up to four cells beside it that could not be read, and those of them that the
  /// means rest on: away from walls, border and flags.
  public var cells = 0
  public var core = 0
  /// Mean position of its readable cells, pixels.
  public var centre = Vector2.zero

  /// Rotation about the beam at columns with even i + j; the opposite sign at the others.
  public var q = RegionValue(.nan, sigma: .nan)
  /// The headless split, ρ cos 2t; the same at every column.
  public var c = RegionValue(.nan, sigma: .nan)
  /// ρ sin 2t: the part that is the same in every row, and the part that changes sign from row to row (its value is that
  /// of even j).
  public var s = RegionValue(.nan, sigma: .nan)
  public var sByRow = RegionValue(.nan, sigma: .nan)

  /// Size of the rotation about [110], p ≥ 0, and the rotation about [001] at columns with even i and j; of the sense that
  /// fits best.
  public var p = RegionValue(.nan, sigma: .nan)
  public var r = RegionValue(.nan, sigma: .nan)

  /// The best tilt system and the next, with their probabilities.
  public var system = TiltSystem.none
  public var probability = 0.0
  public var runnerUp = TiltSystem.none
  public var runnerUpProbability = 0.0
  /// The senses (in phase, out of phase, none) whatever the letters: the most probable and the next.
  public var senses = TiltSenses.none
  public var sensesProbability = 0.0
  public var runnerUpSenses = TiltSenses.none
  public var runnerUpSensesProbability = 0.0
  /// True where the same readings may come from larger tilts with `+` about one of a and b and `-` about the other.
  public var mayBeInPhaseAB = false

  public init() {}

  /// A probability above which senses or a symbol count as told.
  public static let toldProbability = 0.95

  public var isTold: Bool { sensesProbability >= Self.toldProbability }

  /// √(p² + r²), degrees.
  public var rho: Double { (p.value * p.value + r.value * r.value).squareRoot() }

  /// At columns with even i and j, as the representative with p ≥ 0; (−β, −α, −γ) fits equally.
  public var tilt: TiltAngles { TiltAngles(p: p.value, q: q.value, r: r.value) }

  /// Of α and β, which share it: (p ± q)/√2.
  public var alphaSigma: Double { ((p.sigma * p.sigma + q.sigma * q.sigma) / 2).squareRoot() }

  /// Whether γ is in phase: then r changes its sign from column to column along [110] only, else with i + j.
  public var isInPhase: Bool { senses == .mmp || senses == .zeroZeroP }
}

/// The regions of one frame: row by row beside its `CellTable`.
public struct RegionMap: Sendable, Equatable {
  /// Index into `regions`; −1 for a cell of none.
  public var labels: [Int32] = []
  /// 1 for a cell with a neighbour (along i or j) of another region, else 0.
  public var walls: [UInt16] = []
  public var regions: [TiltRegion] = []
  /// How widely the cells scatter about the means of their regions, over what they state by the image alone: rms of q, c and s, differences beyond four
  /// deviations counted as four. About 1 where stated deviations hold, more where an image has noise that the model does not
  /// know, or tilts change within regions; nil where there are too few cells to tell.
  public var scatterOverStated: SIMD3<Double>?
  /// Factors on those deviations for it, 1 to 3: `scatterOverStated` as far as so many cells can be trusted with it, what their means have taken
  /// out allowed for.
  /// In overlays what frames ask for in the mean.
  public var widening = SIMD3<Double>(repeating: 1)
  /// Variances over stated ones that those factors come from, also below 1; not published, nil where too few cells tell any.
  public var variance: SIMD3<Double>?

  public init() {}

  public var count: Int { labels.count }

  /// Empties it and keeps the memory.
  public mutating func removeAll() {
    labels.removeAll(keepingCapacity: true)
    walls.removeAll(keepingCapacity: true)
    regions.removeAll(keepingCapacity: true)
    scatterOverStated = nil
    widening = SIMD3(repeating: 1)
    variance = nil
  }

  public static let labelColumn = "region"
  public static let wallColumn = "wall"
}
