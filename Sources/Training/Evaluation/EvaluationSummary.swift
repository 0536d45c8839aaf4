// SPDX-License-Identifier: GPL-3.0-or-later

/// What `glazer evaluate` finds: errors, coverage and sign accuracy, float and int8, under several conditions.
public struct EvaluationSummary: Sendable, Codable {
  /// Scores of one predictor under one condition.
  public struct Scores: Sendable, Codable {
    /// ρ ≥ 4°.
    public var atLeast4: TiltScores
    /// ρ < 4°.
    public var below4: TiltScores

    /// Share of all samples, whatever their ρ: stated deviations are calibrated on them all.
    func coverage(_ share: KeyPath<TiltScores, Double>) -> Double {
      let count = atLeast4.count + below4.count
      guard count > 0 else { return 0 }
      return (Double(atLeast4.count) * atLeast4[keyPath: share] + Double(below4.count) * below4[keyPath: share])
        / Double(count)
    }
  }

  /// What the samples of one table have in common; the rest is drawn as in training.
  public struct Condition: Sendable, Codable, Hashable {
    public var dosePerA2: Double
    /// Å, full width at half maximum; equal bounds fix it.
    public var sourceFWHMA: Interval

    public init(dosePerA2: Double, sourceFWHMA: Interval) {
      self.dosePerA2 = dosePerA2
      self.sourceFWHMA = sourceFWHMA
    }
  }

  /// How far a reader has to be off, degrees: root mean squares over states with ρ ≥ 4° of what the electrons on a
  /// patch leave to the best reader (`BoundSample`).
  public struct Bound: Sendable, Codable {
    public var states: Int
    public var q: Double
    public var p: Double
    public var r: Double
  }

  /// The flag "below detection limit" of the int8 model.
  public struct Detection: Sendable, Codable {
    /// What the model's images can show at this dose, degrees; nil for a model that does not tell.
    public var limitRhoDegrees: Double?
    /// Samples whose ρ is below that (without a limit: below 1°), and the share of them that is flagged.
    public var samplesBelow: Int
    public var recall: Double?
    /// Share of the samples with ρ above twice the limit that is flagged.
    public var falseAlarms: Double?
  }

  /// How well `score` tells images of another kind from those of the training's.
  public struct Foreign: Sendable, Codable {
    public var kind: String
    public var samples: Int
    /// Probability that an image of the kind scores below one of the training's kinds; ties count half.
    public var areaUnderCurve: Double
    /// Share flagged as unlike the training data.
    public var flagged: Double
  }

  /// Regions of one tilt pattern in whole frames, and which senses of the three axes were the most probable for them.
  public struct PatternCount: Sendable, Codable, Hashable {
    /// As "---", or "unclear".
    public var truth: String
    public var found: String
    public var regions: Int
    /// Those with a probability of at least 0.95.
    public var told: Int

    public init(truth: String, found: String, regions: Int, told: Int) {
      (self.truth, self.found, self.regions, self.told) = (truth, found, regions, told)
    }
  }

  public struct Table: Sendable, Codable {
    public var condition: Condition
    public var int8: Scores
    public var float: Scores?
    /// Fits of column positions and ellipses (`ClassicalReader`).
    public var classical: Scores
    /// The published network (`tools/torch/paper.py`), where somebody has trained it.
    public var published: Scores?
    public var constant: Scores
    public var bound: Bound?
    public var detection: Detection
  }

  /// One point of a curve: root mean square errors of the samples in a bin.
  public struct Point: Sendable, Codable {
    /// Middle of the bin.
    public var x: Double
    public var samples: Int
    public var q: Double
    public var p: Double
    public var r: Double
  }

  /// One point of the calibration curve: samples sorted by the stated standard deviation of q, |p| or |r|, in equal
  /// shares; degrees.
  public struct CalibrationPoint: Sendable, Codable {
    public var quantity: String
    /// Root mean square of the stated standard deviations.
    public var stated: Double
    /// Root mean square error.
    public var found: Double
  }

  public var model: String
  public var sha256: String
  public var weightsSha256: String?
  public var samplesPerCondition: Int
  public var seed: UInt64
  public var tables: [Table]
  /// Over ρ, thickness (nm) and defocus (Å) at 10⁵ e/Å² and the sources of training, int8.
  public var overRho: [Point]
  public var overThickness: [Point]
  public var overDefocus: [Point]
  public var calibration: [CalibrationPoint]
  /// At 10⁵ e/Å² and the sources of training.
  public var foreign: [Foreign] = []
  /// At 10⁵ e/Å² and sources of 0.4 to 0.8 Å; empty where nobody asked.
  public var patterns: [PatternCount] = []

  enum CodingKeys: String, CodingKey {
    case model, sha256
    case weightsSha256 = "weights_sha256"
    case samplesPerCondition = "samples_per_condition"
    case seed, tables
    case overRho = "over_rho_deg"
    case overThickness = "over_thickness_nm"
    case overDefocus = "over_defocus_A"
    case calibration, foreign, patterns
  }
}
