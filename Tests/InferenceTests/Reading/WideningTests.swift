// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import TestSupport
import Testing

@testable import Inference

@Suite("Widened deviations")
struct WideningTests {
  private let reading = TiltReading(
    q: 2, split: HeadlessSplit(c: 3, s: -4), qSigma: 0.25, cSigma: 1, sSigma: 1.25)

  private func table(_ model: TiltModel, _ reading: TiltReading, flags: CellFlags = []) -> CellTable {
    var table = CellTable()
    for i in 0..<3 {
      var row = CellRow(i: Int32(i), j: 7)
      (row.x, row.y, row.score, row.flags) = (10, 20, 0.5, flags)
      model.write(reading, to: &row, leastRhoDegrees: 0)
      table.append(row)
    }
    return table
  }

  @Test("rows are those of readings that state so much more")
  func rows() throws {
    let model = try TiltModel(RandomModel.int8(), file: "random")
    let readings = [reading, .none, reading]
    var widened = table(model, reading, flags: .poorLattice)
    let before = widened
    widened.widen(by: SIMD3(repeating: 1), readings: readings, model: model, dosePerA2: nil)
    #expect(widened == before)
    widened.widen(by: SIMD3(2, 1, 1.5), readings: readings, model: model, dosePerA2: nil)
    let expected = table(
      model, TiltReading(q: 2, split: reading.split, qSigma: 0.5, cSigma: 1, sSigma: 1.875), flags: .poorLattice)
    #expect(widened[0] == expected[0] && widened[2] == expected[2])
    #expect(widened[1] == before[1])
    #expect(widened.qSigma[0] == 0.5 && widened.rhoSigma[0] > before.rhoSigma[0])
  }

  /// σ' of evidence whose variance is four or nine times as large, and the training's spread: 1/σ'² = (1/σ² − 1/V)/f² + 1/V.
  @Test(
    "no deviation exceeds the training's spread, and values lean as those of noisier images",
    arguments: [
      (3.0, 2.0, 4.06), (4.0, 2.0, 4.55), (4.0, 3.0, 4.67), (5.0, 3.0, 5.0),
    ])
  func posterior(sigma: Double, factor: Double, expected: Double) {
    let spread = TargetSpread(q: 33, c: 4.78 * 4.78, s: 33)
    let reading = TiltReading(q: 1, split: HeadlessSplit(c: 2, s: 0), qSigma: 1, cSigma: sigma, sSigma: 1)
    let widened = reading.widened(by: SIMD3(1, factor, 1), spread: spread, sigmaScale: .one)
    #expect(abs(widened.cSigma - expected) < 0.01)
    #expect(widened.q == 1 && widened.qSigma == 1 && widened.sSigma == 1)
    // What the image says by itself is the same: it weighs less.
    let evidence = sigma < 4.78 ? reading.split.c / (1 - sigma * sigma / spread.c) : .nan
    if sigma < 4.78 {
      #expect(abs(widened.split.c / (1 - widened.cSigma * widened.cSigma / spread.c) - evidence) < 1e-9)
    } else {
      #expect(widened.split.c == 2)
    }
  }

  @Test("a split that is no longer told has no angles")
  func flags() throws {
    let model = try TiltModel(RandomModel.int8(), file: "random")
    var widened = table(model, reading)
    #expect(widened[0].alpha.isFinite && !widened[0].flags.contains(.belowDetectionLimit))
    widened.widen(by: SIMD3(1, 3, 3), readings: [reading, reading, reading], model: model, dosePerA2: nil)
    #expect(widened[0].alpha.isNaN && widened[0].flags.contains(.belowDetectionLimit))
    #expect(abs(Double(widened[0].rho) - 6 * reading.rhoSigma) < 1e-4)
  }
}
