// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore
import Inference
import Testing

@Suite struct TiltReadingTests {
  static func reading(_ tilt: TiltAngles, sigmas: (Double, Double, Double), scale: SigmaScale = .one) -> TiltReading {
    let split = HeadlessSplit(tilt)
    let outputs = [
      tilt.q / 10, split.c / 10, split.s / 10, log(sigmas.0 / 10), log(sigmas.1 / 10), log(sigmas.2 / 10),
    ].map { Float($0) }
    return outputs.withUnsafeBufferPointer { TiltReading(outputs: $0, degreesPerUnit: 10, sigmaScale: scale) }
  }

  /// Straight lines over the logarithm of what is stated, level beyond the ends.
  @Test func factorsFollowWhatIsStated() {
    let curve = [(0.1, 2.0), (1, 1), (10, 0.5)].map { SigmaScale.Point(stated: $0.0, factor: $0.1) }
    let scale = SigmaScale(curves: [curve, curve, [SigmaScale.Point(stated: 1, factor: 3)]])
    for (stated, factor) in [(0.02, 2.0), (0.1, 2), (0.1 * 10.0.squareRoot(), 1.5), (1, 1), (10, 0.5), (40, 0.5)] {
      let reading = Self.reading(TiltAngles(p: 6, q: 2, r: 3), sigmas: (stated, stated, stated), scale: scale)
      #expect(abs(reading.qSigma / (stated * factor) - 1) < 1e-5 && abs(reading.cSigma / reading.qSigma - 1) < 1e-9)
      #expect(abs(reading.sSigma / (3 * stated) - 1) < 1e-5)
    }
  }

  @Test(arguments: [
    TiltAngles(alpha: 8, beta: 3, gamma: -6), TiltAngles(alpha: -5, beta: 3, gamma: 4),
    TiltAngles(alpha: 0, beta: 0, gamma: 5), TiltAngles(alpha: 5, beta: -5, gamma: 7),
  ])
  func rowHoldsTheRepresentative(tilt: TiltAngles) {
    var row = CellRow(i: 0, j: 0)
    Self.reading(tilt, sigmas: (0.2, 0.004, 0.003)).write(to: &row)
    let expected = tilt.representative
    // |p| and |r| of 0 are a little above it where the least that a network may state, 0.009°, is left open.
    #expect(abs(Double(row.alpha) - expected.alpha) < 5e-3)
    #expect(abs(Double(row.beta) - expected.beta) < 5e-3)
    #expect(abs(Double(row.gamma) - expected.gamma) < 5e-3)
    #expect(abs(Double(row.q) - tilt.q) < 1e-4)
    #expect(abs(Double(row.rho) - tilt.rho) < 1e-4)
    #expect(abs(row.qSigma - 0.2) < 1e-5)
    #expect(row.flags == [])
  }

  /// Linear propagation against drawing the errors.
  @Test(arguments: [
    TiltAngles(p: 6, q: 2, r: 3), TiltAngles(p: 5, q: -2, r: -7), TiltAngles(p: 8, q: 0, r: 0.5),
    TiltAngles(p: 3, q: 0, r: -8),
  ])
  func deviationsAgreeWithDraws(tilt: TiltAngles) {
    let sigmas = (0.15, 0.3, 0.2)
    var row = CellRow(i: 0, j: 0)
    Self.reading(tilt, sigmas: sigmas).write(to: &row)
    var random = SeededRandom(seed: 4)
    let split = HeadlessSplit(tilt)
    let count = 40_000
    var (alpha, beta, gamma, rho) = (0.0, 0.0, 0.0, 0.0)
    for _ in 0..<count {
      let drawn = HeadlessSplit(c: split.c + sigmas.1 * random.gaussian(), s: split.s + sigmas.2 * random.gaussian())
      let (p, r) = drawn.pr
      let angles = TiltAngles(p: p, q: tilt.q + sigmas.0 * random.gaussian(), r: r)
      let exact = tilt.representative
      alpha += (angles.alpha - exact.alpha) * (angles.alpha - exact.alpha)
      beta += (angles.beta - exact.beta) * (angles.beta - exact.beta)
      gamma += (angles.gamma - exact.gamma) * (angles.gamma - exact.gamma)
      rho += (drawn.rho - tilt.rho) * (drawn.rho - tilt.rho)
    }
    func agrees(_ stated: Float, _ squares: Double) -> Bool {
      abs(Double(stated) / (squares / Double(count)).squareRoot() - 1) < 0.03
    }
    #expect(agrees(row.alphaSigma, alpha))
    #expect(agrees(row.betaSigma, beta))
    #expect(agrees(row.gammaSigma, gamma))
    #expect(agrees(row.rhoSigma, rho))
  }

  /// Four by four nodes against draws, where the deviations are as large as the split itself.
  @Test(arguments: [(0.0, 0.0), (3.0, -1.0), (-4.0, 0.5), (1.0, 6.0)])
  func anglesAreMeansOverWhatIsLeftOpen(c: Double, s: Double) {
    let (cSigma, sSigma) = (3.0, 2.0)
    var random = SeededRandom(seed: 12)
    let count = 100_000
    var (p, r, pSquare, rSquare) = (0.0, 0.0, 0.0, 0.0)
    for _ in 0..<count {
      let drawn = HeadlessSplit(c: c + cSigma * random.gaussian(), s: s + sSigma * random.gaussian()).pr
      (p, pSquare) = (p + drawn.p, pSquare + drawn.p * drawn.p)
      (r, rSquare) = (r + abs(drawn.r), rSquare + drawn.r * drawn.r)
    }
    (p, r) = (p / Double(count), r / Double(count))
    let (pSigma, rSigma) = (
      (pSquare / Double(count) - p * p).squareRoot(), (rSquare / Double(count) - r * r).squareRoot()
    )
    let found = SplitExpectation(HeadlessSplit(c: c, s: s), cSigma: cSigma, sSigma: sSigma)
    // Few nodes see the kink at ρ = 0 coarsely: 7 % of the deviations of c and s.
    #expect(abs(found.p - p) < 0.15 && abs(abs(found.r) - r) < 0.15)
    #expect(abs(found.pSigma - pSigma) < 0.18 && abs(found.rSigma - rSigma) < 0.18)
    #expect(s == 0 || (found.r < 0) == (s < 0))
  }

  /// Where nothing is open the angles are those of the split, and without a split to read there are none.
  @Test func anglesOfASureReadingAreTheSplits() {
    let split = HeadlessSplit(c: -3, s: 2)
    let sure = SplitExpectation(split, cSigma: 1e-6, sSigma: 1e-6)
    #expect(abs(sure.p - split.pr.p) < 1e-9 && abs(sure.r - split.pr.r) < 1e-9)
    let none = TiltReading.none.angles
    #expect([none.p, none.r, none.pSigma, none.rSigma].allSatisfy { $0.isNaN })
  }

  @Test func belowTheLimitTheLimitIsGiven() {
    var row = CellRow(i: 0, j: 0)
    Self.reading(TiltAngles(p: 1, q: -3, r: 0), sigmas: (0.2, 0.6, 0.6)).write(to: &row)
    #expect(row.flags == .belowDetectionLimit)
    #expect(abs(row.rho - 1.2) < 1e-5)
    #expect(abs(row.rhoSigma - 0.6) < 1e-5)
    #expect(abs(row.q + 3) < 1e-5)
    #expect([row.alpha, row.beta, row.gamma, row.alphaSigma, row.betaSigma, row.gammaSigma].allSatisfy { $0.isNaN })
    var detected = CellRow(i: 0, j: 0)
    Self.reading(TiltAngles(p: 1.3, q: -3, r: 0), sigmas: (0.2, 0.6, 0.6)).write(to: &detected)
    #expect(detected.flags == [] && detected.alpha.isFinite)
  }

  @Test func nothingBlowsUpAtZeroOrAtTheEnds() {
    let atZero = Self.reading(.zero, sigmas: (0.2, 0.5, 0.7))
    #expect(atZero.split.rho < atZero.detectionLimit)
    #expect(max(atZero.prSigma.p, atZero.prSigma.r) <= 0.7)
    let wild: [Float] = [0, 1, 1, 1e30, -1e30, 50]
    let reading = wild.withUnsafeBufferPointer { TiltReading(outputs: $0, degreesPerUnit: 10, sigmaScale: [1, 1, 1]) }
    #expect(reading.qSigma == 10 * exp(2.0) && reading.sSigma == 10 * exp(2.0))
    #expect(reading.cSigma == 10 * exp(-7.0))
  }

  @Test func scaleIsApplied() {
    let reading = Self.reading(TiltAngles(p: 6, q: 2, r: 3), sigmas: (0.1, 0.2, 0.3), scale: [2, 3, 4])
    #expect(abs(reading.qSigma - 0.2) < 1e-6 && abs(reading.cSigma - 0.6) < 1e-6 && abs(reading.sSigma - 1.2) < 1e-6)
  }
}
