// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// q over a set of cells, degrees, and how many of them show no ρ.
struct QStatistics: Encodable {
  private(set) var cells = 0
  private var sum = 0.0
  private var squares = 0.0
  private var sizes = 0.0
  private var variances = 0.0
  private var undetected = 0

  /// Share of the cells whose ρ is below the detection limit.
  var belowDetectionLimit: Double { Double(undetected) / Double(cells) }
  var mean: Double { sum / Double(cells) }
  /// Mean of |q|, which alternating tilts do not cancel.
  var meanSize: Double { sizes / Double(cells) }
  /// Standard deviation of q between cells; 0 for one.
  var spread: Double {
    cells > 1 ? (max(0, squares - sum * sum / Double(cells)) / Double(cells - 1)).squareRoot() : 0
  }
  /// Root mean square of the stated standard deviations of q.
  var sigma: Double { (variances / Double(cells)).squareRoot() }

  mutating func add(q: Float, sigma: Float, flags: CellFlags) {
    cells += 1
    sum += Double(q)
    squares += Double(q) * Double(q)
    sizes += abs(Double(q))
    variances += Double(sigma) * Double(sigma)
    if flags.contains(.belowDetectionLimit) { undetected += 1 }
  }

  func lines(of set: String) -> [String] {
    [
      String(
        format: "q         mean %+.2f deg, spread %.2f deg (stated sigma %.2f deg), mean size %.2f deg; cells: %d ",
        mean,
        spread, sigma, meanSize, cells) + set,
      String(format: "rho       below the detection limit in %.0f %% of these", 100 * belowDetectionLimit),
    ]
  }

  enum CodingKeys: String, CodingKey {
    case cells
    case belowDetectionLimit = "below_detection_limit"
    case mean = "q_mean_deg"
    case spread = "q_spread_deg"
    case sigma = "q_sigma_deg"
    case meanSize = "q_mean_size_deg"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(cells, forKey: .cells)
    guard cells > 0 else { return }
    try container.encode(belowDetectionLimit, forKey: .belowDetectionLimit)
    try container.encode(mean, forKey: .mean)
    try container.encode(spread, forKey: .spread)
    try container.encode(sigma, forKey: .sigma)
    try container.encode(meanSize, forKey: .meanSize)
  }
}
