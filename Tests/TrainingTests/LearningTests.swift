// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import GlazerCore
import Inference
import Testing

@testable import Training

/// A small network on the analytic source, trained for a few seconds, then quantized and scored: the whole way once.
@Suite struct LearningTests {
  /// q alone can be learned in so short a time: it is of first order.
  static let architecture = NetworkArchitecture(
    patch: PatchGeometry(width: 27, height: 43, pixelsPerA: 8, pixelsPerB: 16),
    layers: [
      .convolution(inputs: 1, outputs: 16, kernel: 5, stride: 2, padding: 0),
      .averagePool2,
      .convolution(inputs: 16, outputs: 24, kernel: 3, stride: 1, padding: 0),
      .averagePool2,
      .fullyConnected(inputs: 24 * 4 * 2, outputs: 32, tanh: true),
      .fullyConnected(inputs: 32, outputs: 6, tanh: false),
    ],
    degreesPerUnit: 10)

  static let source = ColumnSource(gridWidth: 32, gridHeight: 48)
  static var geometry: NormalisationGeometry? { NormalisationGeometry(architecture.patch) }

  /// Trained once for the tests of this suite.
  static let trained: Trained? = {
    var c = TrainingConfiguration(emulator: "none")
    c.samples = 8000
    c.batch = 64
    c.warmUpSamples = 1000
    c.learningRate = 4e-3
    c.statisticsRate = 0.05
    c.validationSamples = 300
    c.ranges.dosePerA2 = Interval(1e5, 1e6)
    c.ranges.sourceFWHMA = Interval(0.3, 0.5)
    guard let trainer = try? Trainer(c, architecture: architecture, sources: [source], threads: 2) else { return nil }
    let run = TrainingRun(trainer, sources: [source])
    let before = run.validate()
    try? run.run(shouldStop: { false }, onStep: {}, onRow: { _ in }, onCheckpoint: {})
    return Trained(
      state: trainer.state, before: before, after: run.validate(), ranges: trainer.configuration.ranges)
  }()

  struct Trained {
    var state: NetworkState
    var before: ValidationScores
    var after: ValidationScores
    var ranges: AugmentationRanges
  }

  @Test func aTinyNetworkLearnsTheSignedRotation() throws {
    let trained = try #require(Self.trained)
    #expect(trained.before.q > 4)
    #expect(trained.after.q < 1.2, "q rms \(trained.after.q)")
    #expect(trained.after.loss < trained.before.loss - 1)
  }

  @Test func int8IsCloseToFloat() throws {
    let trained = try #require(Self.trained)
    let geometry = try #require(Self.geometry)
    let result = try Quantization(
      state: trained.state, sources: [Self.source], geometry: geometry, ranges: trained.ranges, samples: 600, seed: 3
    ).run { _ in }
    #expect(result.int8.q < 1.1 * result.float.q)
    #expect(result.int8.p < 1.1 * result.float.p && result.int8.r < 1.1 * result.float.r)
    // Calibrated on other samples of the training's doses: near 68 % at this one too.
    #expect((0.5...0.85).contains(result.int8.coverageQ))
    // More dose shows smaller splits; a patch shows 27/8 × 43/16 columns of 10.78 Å².
    let limits = [1e3, 1e4, 1e5, 1e6].map { result.detection.limit(dosePerA2: $0) }
    #expect(zip(limits, limits.dropFirst()).allSatisfy { $0 > $1 } || limits[0] == limits[1])
    #expect(limits[3] > 0.1 && limits[3] < limits[2] && limits[0] <= 10)
    #expect(abs(result.detection.areaA2 - 97.80) < 0.05)

    let set = SampleSet(
      sources: [Self.source], ranges: trained.ranges, geometry: geometry, seed: 77, part: .validation, count: 200)
    let file = ModelFile(
      format: .int8, name: "test", architecture: Self.architecture, sigmaScale: result.sigmaScale,
      tensors: result.tensors)
    let model = try TiltModel(file, file: "test")
    let (float, int8) = (set.outputs(of: trained.state), set.outputs(of: model.network))
    let correlation = Self.correlation(float, int8)
    #expect(correlation > 0.995, "correlation of all outputs \(correlation)")

    // Nearly all of what the model was made for is familiar; noise is not.
    let scores = (0..<set.count).map { Self.score(model, set.pixels.base + $0 * set.patch.count) }
    #expect(scores.filter { $0 >= model.familiarity.threshold }.count > 190)
    var random = SeededRandom(seed: 1)
    var noise = (0..<set.patch.count).map { _ in Float(random.gaussian()) }
    #expect(Self.score(model, &noise) < model.familiarity.threshold)
  }

  @Test func evaluationScoresEveryPredictor() throws {
    let trained = try #require(Self.trained)
    let geometry = try #require(Self.geometry)
    let result = try Quantization(
      state: trained.state, sources: [Self.source], geometry: geometry, ranges: trained.ranges, samples: 300, seed: 3
    ).run { _ in }
    let model = try TiltModel(
      ModelFile(
        format: .int8, name: "test <1>", architecture: Self.architecture, sigmaScale: result.sigmaScale,
        tensors: result.tensors), file: "test")
    var evaluation = Evaluation(
      model: model, floatState: trained.state, sources: [Self.source], ranges: trained.ranges, samples: 200, seed: 1)
    var random = SeededRandom(seed: 4)
    let noise = (0..<32 * 48).map { _ in Float(10 + random.gaussian()) }
    evaluation.foreign = [
      PictureSource(name: "noise <2>", values: noise, width: 32, height: 48, cellA: SIMD2(2.76, 3.905))
    ]
    // Two cells that fit an image equally, and the mean of both, which a network of raw signed angles learns.
    let truth = TiltAngles(p: 5, q: 2, r: 3)
    evaluation.published = [1.0, -1].map { sign in
      (TiltAngles(p: 0, q: 2, r: 0), TiltAngles(p: sign * truth.p, q: 2, r: sign * truth.r))
    }
    var summary = evaluation.run { _ in }
    summary.patterns = [
      EvaluationSummary.PatternCount(truth: "---", found: "---", regions: 7, told: 5),
      EvaluationSummary.PatternCount(truth: "---", found: "--0", regions: 2, told: 0),
    ]
    #expect(summary.tables.count == 9)
    let published = summary.tables.compactMap(\.published)
    #expect(published.count == 1 && published[0].atLeast4.count == 2)
    #expect(abs(published[0].atLeast4.signedGamma - 3) < 1e-6 && published[0].atLeast4.q < 1e-6)
    #expect(abs(published[0].atLeast4.p - 5) < 1e-6)
    for table in summary.tables where table.condition.dosePerA2 >= 1e5 {
      #expect(table.int8.atLeast4.q < 0.5 * table.constant.atLeast4.q)
      #expect(table.int8.atLeast4.count + table.int8.below4.count == 200)
      // The columns move by the rule that the classical way reads.
      #expect(table.classical.atLeast4.q < 0.6 * table.constant.atLeast4.q)
      // Nobody is better than the bound, but for the chance of 200 samples and the prior that a network has.
      let bound = try #require(table.bound)
      #expect(bound.q > 0 && table.int8.atLeast4.q > 0.8 * bound.q && bound.p < table.constant.atLeast4.p)
      #expect(table.detection.limitRhoDegrees == nil && table.detection.samplesBelow > 0)
    }
    #expect(!summary.overRho.isEmpty && !summary.calibration.isEmpty)
    let log = TrainingLogRow.header + "\n1,0,1,1,5,5,5,1,1\n2,0,1,1,4,4,4,1,1\n"
    let html = EvaluationReport(summary, logCSV: log).html
    #expect(html.contains("test &lt;1&gt;") && html.contains("noise &lt;2&gt;") && html.contains("flagged"))
    #expect(html.contains("7 (5)") && html.contains("2 (0)") && html.contains("published"))
    #expect(html.contains("classical") && html.contains("|p|, least"))
    #expect(summary.foreign[0].areaUnderCurve > 0.95 && summary.text.contains("over bound"))
    #expect(html.components("<svg") == 9)
    #expect(!html.contains("http"))
  }

  static func score(_ model: TiltModel, _ patch: UnsafeMutablePointer<Float>) -> Float {
    var features = [Float](repeating: 0, count: Familiarity.featureCount)
    let geometry = model.architecture.patch
    features.withUnsafeMutableBufferPointer {
      Familiarity.features(ofPatch: patch, geometry, into: $0)
    }
    return features.withUnsafeBufferPointer { model.familiarity.score($0) }
  }

  static func correlation(_ a: [Float], _ b: [Float]) -> Double {
    var (ab, aa, bb) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
      ab += Double(x) * Double(y)
      aa += Double(x) * Double(x)
      bb += Double(y) * Double(y)
    }
    return ab / (aa * bb).squareRoot()
  }
}

extension String {
  fileprivate func components(_ part: String) -> Int {
    var count = 0
    var rest = self[...]
    while let range = rest.firstRange(of: part) {
      count += 1
      rest = rest[range.upperBound...]
    }
    return count
  }
}
