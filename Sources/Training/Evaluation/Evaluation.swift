// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import GlazerCore
import Inference

/// Scores a model on freshly drawn samples whose tilts no training has seen (`HoldOut.validation`).
public struct Evaluation<Source: CellImageSource> {
  /// Sources that are always scored: a point, a real instrument's 0.7 Å.
  public static var fixedSources: [Double] { [0, 0.7] }
  public static var dosesPerA2: [Double] { [1e4, 1e5, 1e6] }
  /// The condition of the curves.
  static var curveDose: Double { 1e5 }
  /// Samples at most that the classical way is calibrated on, for each dose and source.
  static var calibrationSamples: Int { 1500 }

  public let model: TiltModel
  public let floatState: NetworkState?
  public let sources: [Source]
  /// Resolved ranges of the training.
  public let ranges: AugmentationRanges
  public let samples: Int
  public let seed: UInt64
  /// Kinds of images that training never had.
  public var foreign: [PictureSource] = []
  /// What another network made of samples at `curveDose` with the sources of training (`glazer emulate patches --part validation`).
  public var published: [(stated: TiltAngles, truth: TiltAngles)] = []

  public init(
    model: TiltModel, floatState: NetworkState?, sources: [Source], ranges: AugmentationRanges, samples: Int,
    seed: UInt64
  ) {
    self.model = model
    self.floatState = floatState
    self.sources = sources
    self.ranges = ranges
    self.samples = samples
    self.seed = seed
  }

  public func run(progress: (Double) -> Void) -> EvaluationSummary {
    let sources = [ranges.sourceFWHMA] + Self.fixedSources.map { Interval($0, $0) }
    let conditions = sources.flatMap { source in
      Self.dosesPerA2.map { EvaluationSummary.Condition(dosePerA2: $0, sourceFWHMA: source) }
    }
    var summary = EvaluationSummary(
      model: model.name, sha256: model.sha256, samplesPerCondition: samples, seed: seed, tables: [], overRho: [],
      overThickness: [], overDefocus: [], calibration: [])
    var bounds: [Interval: BoundSample] = [:]
    for (index, condition) in conditions.enumerated() {
      progress(Double(index) / Double(conditions.count))
      let set = draw(condition, stream: UInt64(index))
      // The bound goes with the root of the dose: one sample of states serves all doses of a source.
      let bound =
        bounds[condition.sourceFWHMA]
        ?? BoundSample(
          sources: self.sources, ranges: ranges(condition), training: ranges, geometry: model.normalisation, seed: seed)
      bounds[condition.sourceFWHMA] = bound
      let readings = set.outputs(of: model.network).readings(
        degreesPerUnit: model.architecture.degreesPerUnit, sigmaScale: model.sigmaScale)
      let calibration = draw(
        condition, stream: UInt64(100 + index), part: .training, count: min(samples, Self.calibrationSamples))
      let classical = ClassicalReader(calibratedOn: calibration).readings(set)
      summary.tables.append(table(condition, set: set, int8: readings, classical: classical, bound: bound))
      if condition.dosePerA2 == Self.curveDose, condition.sourceFWHMA == ranges.sourceFWHMA {
        addCurves(to: &summary, set: set, readings: readings)
        summary.tables[index].published = scorePublished()
        summary.foreign = scoreForeign(familiar: set)
      }
    }
    progress(1)
    return summary
  }

  private func ranges(_ condition: EvaluationSummary.Condition) -> AugmentationRanges {
    var ranges = self.ranges
    ranges.dosePerA2 = Interval(condition.dosePerA2, condition.dosePerA2)
    // A fixed source is the whole blur.
    if condition.sourceFWHMA != ranges.sourceFWHMA { ranges.vibrationFWHMA = Interval(0, 0) }
    ranges.sourceFWHMA = condition.sourceFWHMA
    return ranges
  }

  private func draw(
    _ condition: EvaluationSummary.Condition, stream: UInt64, part: HoldOut = .validation, count: Int? = nil
  ) -> SampleSet {
    SampleSet(
      sources: sources, ranges: ranges(condition), geometry: model.normalisation, seed: seed &* 1000 &+ stream,
      part: part, count: count ?? samples)
  }

  private func table(
    _ condition: EvaluationSummary.Condition, set: SampleSet, int8: [TiltReading], classical: [TiltReading],
    bound: BoundSample
  ) -> EvaluationSummary.Table {
    let unit = model.architecture.degreesPerUnit
    func scores(_ readings: [TiltReading]) -> EvaluationSummary.Scores {
      let pairs = zip(readings, set.truths).map { (reading: $0, truth: $1.tilt) }
      return EvaluationSummary.Scores(
        atLeast4: TiltScores(pairs.filter { $0.truth.rho >= ValidationScores.minimumRho }),
        below4: TiltScores(pairs.filter { $0.truth.rho < ValidationScores.minimumRho }))
    }
    let constant = set.constantOutputs(degreesPerUnit: unit).readings(degreesPerUnit: unit, sigmaScale: [1, 1, 1])
    let float = floatState.map {
      scores(set.outputs(of: $0).readings(degreesPerUnit: unit, sigmaScale: model.sigmaScale))
    }
    let uninformed = scores(constant)
    return EvaluationSummary.Table(
      condition: condition, int8: scores(int8), float: float, classical: scores(classical), constant: uninformed,
      bound: bound.rms(dosePerA2: condition.dosePerA2, spread: uninformed.atLeast4),
      detection: detection(int8, set, dosePerA2: condition.dosePerA2))
  }

  private func scorePublished() -> EvaluationSummary.Scores? {
    guard !published.isEmpty else { return nil }
    let minimum = ValidationScores.minimumRho
    return EvaluationSummary.Scores(
      atLeast4: TiltScores(stated: published.filter { $0.truth.rho >= minimum }),
      below4: TiltScores(stated: published.filter { $0.truth.rho < minimum }))
  }

  /// As the agent flags cells when it knows the dose.
  private func detection(
    _ readings: [TiltReading], _ set: SampleSet, dosePerA2: Double
  ) -> EvaluationSummary.Detection {
    let limit = model.leastRhoDegrees(dosePerA2: dosePerA2)
    let least = limit ?? 1
    func flagged(_ isIn: (Double) -> Bool) -> (count: Int, share: Double?) {
      let part = zip(readings, set.truths).filter { isIn($1.tilt.rho) }
      let hits = part.filter { $0.0.split.rho < max($0.0.detectionLimit, limit ?? 0) }.count
      return (part.count, part.isEmpty ? nil : Double(hits) / Double(part.count))
    }
    let below = flagged { $0 < least }
    return EvaluationSummary.Detection(
      limitRhoDegrees: limit, samplesBelow: below.count, recall: below.share,
      falseAlarms: flagged { $0 > 2 * least }.share)
  }

  private func scoreForeign(familiar: SampleSet) -> [EvaluationSummary.Foreign] {
    guard !foreign.isEmpty else { return [] }
    let known = ForeignKinds.scores(familiar, model: model)
    var ranges = ranges
    ranges.dosePerA2 = Interval(Self.curveDose, Self.curveDose)
    return foreign.enumerated().map { index, kind in
      let set = SampleSet(
        sources: [kind], ranges: ranges, geometry: model.normalisation, seed: seed &* 1000 &+ 900 &+ UInt64(index),
        part: .validation, count: min(samples, 500))
      return ForeignKinds.compare(
        kind.name, foreign: ForeignKinds.scores(set, model: model), familiar: known,
        threshold: model.familiarity.threshold)
    }
  }

  private func addCurves(to summary: inout EvaluationSummary, set: SampleSet, readings: [TiltReading]) {
    summary.overRho = curve(set, readings, range: 0...14, bins: 14, { $0.tilt.rho })
    let thickness = ranges.thicknessNm ?? Interval(sources[0].thicknessRangeNm)
    summary.overThickness = curve(set, readings, range: thickness.lower...thickness.upper, bins: 8, \.thicknessNm)
    let defocus = ranges.defocusA ?? Interval(sources[0].defocusRangeA)
    summary.overDefocus = curve(set, readings, range: defocus.lower...defocus.upper, bins: 8, \.defocusA)
    summary.calibration =
      calibration("q", set, readings, sigma: \.qSigma, error: { $0.q - $1.q })
      + calibration("p", set, readings, sigma: \.angles.pSigma, error: { $0.angles.p - abs($1.p) })
      + calibration("r", set, readings, sigma: \.angles.rSigma, error: { abs($0.angles.r) - abs($1.r) })
  }

  private func curve(
    _ set: SampleSet, _ readings: [TiltReading], range: ClosedRange<Double>, bins: Int, _ x: (SampleTruth) -> Double
  ) -> [EvaluationSummary.Point] {
    let width = (range.upperBound - range.lowerBound) / Double(bins)
    guard width > 0 else { return [] }
    return (0..<bins).compactMap { bin in
      let lower = range.lowerBound + Double(bin) * width
      let inside = zip(readings, set.truths).filter { x($1) >= lower && x($1) < lower + width }
      // A root mean square of a handful says nothing.
      guard inside.count >= 10 else { return nil }
      let scores = TiltScores(inside.map { (reading: $0, truth: $1.tilt) })
      return EvaluationSummary.Point(x: lower + width / 2, samples: inside.count, q: scores.q, p: scores.p, r: scores.r)
    }
  }

  private func calibration(
    _ quantity: String, _ set: SampleSet, _ readings: [TiltReading], sigma: (TiltReading) -> Double,
    error: (TiltReading, TiltAngles) -> Double
  ) -> [EvaluationSummary.CalibrationPoint] {
    let shares = 8
    let sorted = zip(readings, set.truths).map { (sigma($0), error($0, $1.tilt)) }.sorted { $0.0 < $1.0 }
    return (0..<shares).compactMap { share in
      let part = sorted[share * sorted.count / shares..<(share + 1) * sorted.count / shares]
      guard !part.isEmpty else { return nil }
      func rms(_ value: ((Double, Double)) -> Double) -> Double {
        (part.reduce(0) { $0 + value($1) * value($1) } / Double(part.count)).squareRoot()
      }
      return EvaluationSummary.CalibrationPoint(quantity: quantity, stated: rms { $0.0 }, found: rms { $0.1 })
    }
  }
}
