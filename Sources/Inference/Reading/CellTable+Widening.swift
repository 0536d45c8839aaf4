// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

extension CellTable {
  /// Makes rows those of `readings`, row by row, whose images' own deviations of q, c and s are larger by `factors` (1 or more): values, deviations,
  /// angles, whether ρ can be told and whether the tilt is one of the training. O(rows); allocates nothing.
  public mutating func widen(
    by factors: SIMD3<Double>, readings: [TiltReading], model: TiltModel, dosePerA2: Double?
  ) {
    guard factors != SIMD3(repeating: 1), readings.count == count else { return }
    let least = model.leastRhoDegrees(dosePerA2: dosePerA2) ?? 0
    for row in 0..<count where readings[row].q.isFinite {
      var values = CellRow(i: i[row], j: j[row])
      values.flags = CellFlags(rawValue: flags[row]).subtracting([.belowDetectionLimit, .unfamiliar])
      if score[row] < model.familiarity.threshold { values.flags.insert(.unfamiliar) }
      let reading = readings[row].widened(by: factors, spread: model.targetSpread, sigmaScale: model.sigmaScale)
      model.write(reading, to: &values, leastRhoDegrees: least)
      (alpha[row], beta[row], gamma[row]) = (values.alpha, values.beta, values.gamma)
      (alphaSigma[row], betaSigma[row], gammaSigma[row]) = (values.alphaSigma, values.betaSigma, values.gammaSigma)
      (q[row], qSigma[row]) = (values.q, values.qSigma)
      (rho[row], rhoSigma[row]) = (values.rho, values.rhoSigma)
      flags[row] = values.flags.rawValue
    }
  }
}
