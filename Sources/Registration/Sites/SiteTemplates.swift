// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// The points of `SiteTable`, [template][nine numbers].
enum SiteTemplates {
  /// Dark field: Gaussian columns brighter the heavier they are, A-O 1, B from 0.08 (LaAlO3) to 1.4 (SrRuO3), oxygen 0 to
  /// 0.15, of standard deviations 0.3 to 0.75 Å.
  static let darkField: [Float] = {
    var cells: [Float] = []
    for b in [0.08, 0.15, 0.3, 0.5, 0.75, 1.0, 1.4] {
      for oxygen in [0.0, 0.15] {
        for deviationA in [0.3, 0.45, 0.6, 0.75] {
          cells += columns(a: 1, b: b, oxygen: oxygen, deviationA: deviationA)
        }
      }
    }
    return cells
  }()

  /// Bright field near focus of whatever species: dark Gaussian columns, B half as dark to twice as dark as A-O. Emulated
  /// crystals have no B much darker than A-O; tantalates would.
  static let darkColumns: [Float] = {
    var cells: [Float] = []
    for b in [0.5, 0.7, 1.0, 1.4, 2.0] {
      for oxygen in [0.4, 0.6] {
        for deviationA in [0.25, 0.4, 0.55] {
          cells += columns(a: -1, b: -b, oxygen: -oxygen * min(1, b), deviationA: deviationA)
        }
      }
    }
    return cells
  }()

  static let allBrightField = brightField + darkColumns

  private static func columns(a: Double, b: Double, oxygen: Double, deviationA: Double) -> [Float] {
    let cellA = 3.9
    let values = SiteTable.orders.indices.map { index -> Double in
      let (h, k) = (Double(SiteTable.orders[index].h), Double(SiteTable.orders[index].k))
      let frequencySquared = (2 * h * h + k * k) / (cellA * cellA)
      let columns = b + a * cos(.pi * k) + oxygen * cos(.pi * h)
      let blur = exp(-2 * .pi * .pi * deviationA * deviationA * frequencySquared)
      return columns * blur * SiteTable.multiplicity(index).squareRoot()
    }
    let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return values.map { Float($0 / length) }
  }
}
