// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

extension CellTable {
  /// Multiplies the deviations of q, c and s that `readings`, row by row, state by `factors` (1 or more), and writes anew what follows from them: the
  /// deviations, the angles that are means over what is left open, and whether ρ can be told. O(rows); allocates nothing.
  public mutating func widen(
    by factors: SIMD3<Double>, readings: [TiltReading], model: TiltModel, dosePerA2: Double?
  ) {
    guard factors != SIMD3(repeating: 1), readings.count == count else { return }
    let least = model.leastRhoDegrees(dosePerA2: dosePerA2) ?? 0
    for row in 0..<count where readings[row].q.isFinite {
      var values = CellRow(i: i[row], j: j[row])
      values.flags = CellFlags(rawValue: flags[row]).subtracting(.belowDetectionLimit)
      model.write(model.widened(readings[row], by: factors), to: &values, leastRhoDegrees: least)
      (alpha[row], beta[row], gamma[row]) = (values.alpha, values.beta, values.gamma)
      (alphaSigma[row], betaSigma[row], gammaSigma[row]) = (values.alphaSigma, values.betaSigma, values.gammaSigma)
      (qSigma[row], rho[row], rhoSigma[row]) = (values.qSigma, values.rho, values.rhoSigma)
      flags[row] = values.flags.rawValue
    }
  }
}
