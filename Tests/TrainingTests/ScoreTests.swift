// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Foundation
import GlazerCore
import Inference
import Testing

@testable import Training

@Suite struct ScoreTests {
  /// What a network with these errors would put out.
  static func reading(_ tilt: TiltAngles, qError: Double = 0, sigma: Double = 1) -> TiltReading {
    let split = HeadlessSplit(tilt)
    let l = Float(log(sigma / 10))
    let outputs = [Float((tilt.q + qError) / 10), Float(split.c / 10), Float(split.s / 10), l, l, l]
    return outputs.withUnsafeBufferPointer { TiltReading(outputs: $0, degreesPerUnit: 10, sigmaScale: [1, 1, 1]) }
  }

  @Test func aPerfectReadingHasNoErrorWhicheverSolutionIsTrue() {
    let tilt = TiltAngles(p: 5, q: -3, r: -4)
    let mirrored = TiltAngles(p: -5, q: -3, r: 4)
    let scores = TiltScores([(Self.reading(tilt, sigma: 0.01), tilt), (Self.reading(mirrored, sigma: 0.01), mirrored)])
    // What is left open bends p and r by σ²/ρ.
    #expect(scores.q < 1e-5 && scores.p < 1e-4 && scores.r < 1e-4)
    #expect(scores.alpha < 1e-4 && scores.beta < 1e-4 && scores.gamma < 1e-4)
    #expect(scores.signAccuracy == 1)
    // The paper's count: p ≥ 0 is stated, the second sample has p = −5, r = 4: γ is wrong by 8 in one of two.
    #expect(abs(scores.signedGamma - 32.0.squareRoot()) < 1e-4)
    #expect(abs(scores.signedAlpha - 5) < 1e-4)
  }

  @Test func coverageCountsErrorsWithinTheStatedDeviation() {
    let tilt = TiltAngles(p: 5, q: 0, r: 4)
    let samples = [0.5, -0.5, 1.5, 2.5].map { (reading: Self.reading(tilt, qError: $0), truth: tilt) }
    let scores = TiltScores(samples)
    #expect(scores.coverageQ == 0.5)
    #expect(scores.coverageP == 1)
    #expect(abs(scores.q - (9.0 / 4).squareRoot()) < 1e-4)
  }

  /// A network that is twice as good as it says where it says 0.1°, and half as good where it says 2°.
  @Test func calibratedDeviationsCoverWhateverIsStated() {
    var random = SeededRandom(seed: 12)
    func draw(_ count: Int) -> (outputs: [Float], truths: [SampleTruth]) {
      var (outputs, truths): ([Float], [SampleTruth]) = ([], [])
      for _ in 0..<count {
        let tilt = TiltAngles(p: 5, q: 1, r: 4)
        let (split, stated) = (HeadlessSplit(tilt), 0.1 * pow(20, random.uniform()))
        let error = stated * pow(stated / 0.1, log(4) / log(20)) / 2
        for value in [tilt.q, split.c, split.s] { outputs.append(Float((value + error * random.gaussian()) / 10)) }
        outputs += [Float](repeating: Float(log(stated / 10)), count: 3)
        let state = ImagingState(tilt: tilt, thicknessNm: 10, defocusA: 0, sourceFWHMA: 0)
        truths.append(SampleTruth(tilt: tilt, state: state, dosePerA2: 1e5))
      }
      return (outputs, truths)
    }
    let (outputs, truths) = draw(4096)
    let scale = SigmaCalibration.scale(outputs: outputs, truths: truths, degreesPerUnit: 10)
    #expect(scale.curves.map(\.count) == [8, 8, 8, 8, 8])
    let (fresh, freshTruths) = draw(4096)
    let readings = fresh.readings(degreesPerUnit: 10, sigmaScale: scale)
    let stated = fresh.readings(degreesPerUnit: 10, sigmaScale: .one).map(\.qSigma)
    for (low, high) in [(0.1, 0.25), (0.25, 0.8), (0.8, 2)] {
      let inside = readings.indices.filter { stated[$0] >= low && stated[$0] < high }
      let covered = inside.filter { abs(readings[$0].q - freshTruths[$0].tilt.q) <= readings[$0].qSigma }
      #expect(abs(Double(covered.count) / Double(inside.count) - 0.683) < 0.05)
    }
    // Of few samples all are one part.
    #expect(
      SigmaCalibration.scale(outputs: Array(outputs.prefix(60)), truths: Array(truths.prefix(10)), degreesPerUnit: 10)
        .curves.map(\.count) == [1, 1, 1, 1, 1])
  }

  @Test func theWrongDiagonalIsAWrongSign() {
    let truth = TiltAngles(p: 5, q: 0, r: 4)
    let scores = TiltScores([(Self.reading(TiltAngles(p: 5, q: 0, r: -4), sigma: 0.01), truth)])
    #expect(scores.signAccuracy == 0)
    #expect(scores.p < 1e-4 && scores.r < 1e-4)
    #expect(abs(scores.gamma - 8) < 1e-4)
  }

  @Test func lossFallsToItsMinimumAtTheTruth() {
    // e = 0.2, σ = 0.2 is the best σ for that error: the gradient by ln σ vanishes there.
    let outputs: [Float] = [0.2, 0, 0, Float(log(0.2)), 0, 0]
    let targets: [Float] = [0, 0, 0]
    var gradient = [Float](repeating: 0, count: 6)
    _ = TiltLoss.evaluate(
      outputs: outputs, targets: targets, samples: 1, batch: 1, weighting: 0, gradient: &gradient)
    #expect(abs(gradient[0] - 5) < 1e-4)
    #expect(abs(gradient[3]) < 1e-5)
    #expect(gradient[4] == 1)
    // Squared error: the prediction's gradient is the error itself, whatever σ is stated.
    _ = TiltLoss.evaluate(
      outputs: outputs, targets: targets, samples: 1, batch: 1, weighting: 1, gradient: &gradient)
    #expect(abs(gradient[0] - 0.2) < 1e-5)
    let loss = TiltLoss(finalWeighting: 0.5)
    #expect(loss.weighting(0.9) == 1)
    #expect(loss.weighting(1.5) == 0.75)
    #expect(loss.weighting(5) == 0.5)
  }

  @Test func theLearningRateRisesAndFalls() {
    let s = Schedule(peak: 1, warmUpSteps: 10, totalSteps: 110, finalFraction: 0.1)
    #expect(s.rate(5) == 0.5)
    #expect(s.rate(10) == 1)
    #expect(abs(s.rate(60) - 0.55) < 1e-9)
    #expect(abs(s.rate(110) - 0.1) < 1e-9)
  }

  @Test func areaUnderTheCurveIsAProbability() {
    var random = SeededRandom(seed: 8)
    // Whole numbers, so that many are equal.
    let low = (0..<60).map { _ in Float((4 * random.uniform()).rounded()) }
    let high = (0..<45).map { _ in Float((1 + 4 * random.uniform()).rounded()) }
    var sum = 0.0
    for a in low { for b in high { sum += a < b ? 1 : a == b ? 0.5 : 0 } }
    let expected = sum / Double(low.count * high.count)
    #expect(abs(ForeignKinds.areaUnderCurve(lower: low, higher: high) - expected) < 1e-12)
    #expect(ForeignKinds.areaUnderCurve(lower: [1, 2], higher: [3]) == 1)
  }

  /// Far from the spread of the tilts the bound goes with the root of the dose, near it it is the spread.
  @Test func boundsFallWithTheDoseAndEndAtTheSpread() throws {
    let source = LearningTests.source
    let ranges = AugmentationRanges()
    try ranges.check(for: [source])
    let geometry = try #require(NormalisationGeometry(.standard))
    let sample = BoundSample(sources: [source], ranges: ranges, training: ranges, geometry: geometry, seed: 5)
    var spread = TiltScores([])
    (spread.q, spread.p, spread.r) = (5, 3, 3)
    let (rich, richer, poor) = (
      try #require(sample.rms(dosePerA2: 1e12, spread: spread)),
      try #require(sample.rms(dosePerA2: 1e14, spread: spread)),
      try #require(sample.rms(dosePerA2: 1e-6, spread: spread))
    )
    #expect(rich.states >= 60)
    #expect(abs(rich.q / richer.q - 10) < 0.1)
    #expect(abs(poor.q - 5) < 1e-3 && abs(poor.p - 3) < 1e-3)
  }

  /// With nothing unknown but brightness and black level a patch tells as much as the bound of its area says; all that is unknown
  /// beside costs information.
  @Test func thePatchTellsWhatTheBoundOfItsAreaSays() throws {
    let source = LearningTests.source
    let geometry = try #require(NormalisationGeometry(.standard))
    var exact = AugmentationRanges()
    (exact.shiftA, exact.scale, exact.rotationDegrees, exact.shearDegrees) = (0, 0, 0, 0)
    (exact.jitterA, exact.gradient) = (Interval(0, 0), 0)
    (exact.thicknessNm, exact.defocusA) = (Interval(10, 10), Interval(0, 0))
    exact.sourceFWHMA = Interval(0.5, 0.5)
    let state = ImagingState(tilt: TiltAngles(p: 6, q: 3, r: 5), thicknessNm: 10, defocusA: 0, sourceFWHMA: 0.5)
    func deviations(_ ranges: AugmentationRanges) throws -> SIMD3<Double> {
      let sampler = CellSampler(
        geometry, gridWidth: source.gridWidth, gridHeight: source.gridHeight, pseudoCubicA: source.pseudoCubicA)
      let gradient = try BoundCalculator(source: source, nuisance: ReaderPriors.nuisance).gradient(state)
      let periodA = (x: 32 * sampler.pixelA.x, y: 48 * sampler.pixelA.y)
      return PatchInformation(
        gradient, priors: ReaderPriors(ranges, source: source), sampler: sampler, periodA: periodA,
        jitterA: ranges.jitterA.upper, linesAreColumns: false
      ).standardDeviations(electronsPerA2: 1e5, spread: (100, 100, 100))
    }
    let found = try deviations(exact)
    let columns = Double(geometry.patch.count) / Double(geometry.patch.pixelsPerA * geometry.patch.pixelsPerB)
    let bound = try BoundCalculator(source: source, nuisance: [.scale, .offset]).bound(state).standardDeviations(
      dosePerA2: 1e5, areaA2: columns * TiltBound.pairAreaA2(pseudoCubicA: source.pseudoCubicA) / 2)
    let expected = SIMD3(bound.p, bound.q, bound.r)
    // The patch is no whole number of cells.
    for k in 0..<3 { #expect(abs(found[k] / expected[k] - 1) < 0.2) }
    var shifted = exact
    shifted.shiftA = 0.15
    let withShift = try deviations(shifted)
    let withAll = try deviations(AugmentationRanges())
    for k in 0..<3 { #expect(found[k] <= withShift[k] && withShift[k] <= withAll[k]) }
    #expect(withAll.y > 1.01 * found.y)
  }
}

@Suite struct ClassicalTests {
  @Test func aColumnIsFoundWithItsEllipse() throws {
    let patch = PatchGeometry(width: 24, height: 24, pixelsPerA: 16, pixelsPerB: 24)
    // Covariance (5, 4, 1.2) at (11.7, 12.4), dark on a bright ground.
    let (xx, yy, xy) = (5.0, 4.0, 1.2)
    let determinant = xx * yy - xy * xy
    let pixels = (0..<patch.count).map { n -> Float in
      let (dx, dy) = (Double(n % 24) - 11.7, Double(n / 24) - 12.4)
      return Float(3 - 2 * exp(-0.5 * (yy * dx * dx - 2 * xy * dx * dy + xx * dy * dy) / determinant))
    }
    let fit = try #require(ColumnFit(pixels, patch: patch, centreX: 12, centreY: 12, radiusX: 5, radiusY: 5))
    #expect(abs(fit.x + 0.3) < 0.01 && abs(fit.y - 0.4) < 0.01)
    #expect(abs(fit.xx - xx) < 0.05 && abs(fit.yy - yy) < 0.05 && abs(fit.xy - xy) < 0.05)
    #expect(ColumnFit(pixels, patch: patch, centreX: 2, centreY: 12, radiusX: 5, radiusY: 5) == nil)
  }

  @Test func factorsThatMadeTheValuesAreFound() {
    var random = SeededRandom(seed: 2)
    let rows = (0..<50).map { _ in [random.gaussian(), random.gaussian(), 1] }
    let found = LeastSquares.fit(rows, rows.map { 2 * $0[0] - 3 * $0[1] + 0.5 })
    #expect(zip(found, [2, -3, 0.5]).allSatisfy { abs($0 - $1) < 1e-4 })
    #expect(LeastSquares.solve([0, 0, 0, 0], [1, 1]) == nil)
  }
}
