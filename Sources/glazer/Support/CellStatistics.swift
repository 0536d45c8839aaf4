// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// What a table of cells says as a whole. Angles in degrees, over the cells whose q is not in doubt.
struct CellStatistics: Encodable {
  private(set) var cells = 0
  /// Neither at the border nor on a poor lattice, unlike the training data or with bad pixels.
  private(set) var good = 0
  /// Share of the good cells whose ρ is below the detection limit.
  private(set) var belowDetectionLimit = Double.nan
  private(set) var qMean = Double.nan
  /// Standard deviation of q between cells.
  private(set) var qSpread = Double.nan
  /// Root mean square of the stated standard deviations of q.
  private(set) var qSigma = Double.nan
  /// Mean of |q|, which alternating tilts do not cancel.
  private(set) var qMeanSize = Double.nan
  /// Cells by flag; a cell may have several.
  private(set) var flags: [String: Int] = [:]

  enum CodingKeys: String, CodingKey {
    case cells, good, flags
    case belowDetectionLimit = "below_detection_limit"
    case qMean = "q_mean_deg"
    case qSpread = "q_spread_deg"
    case qSigma = "q_sigma_deg"
    case qMeanSize = "q_mean_size_deg"
  }

  /// Names as in the documentation of the CSV, in the order of their bits.
  static let names: [(flag: CellFlags, name: String)] = [
    (.border, "border"), (.belowDetectionLimit, "below detection limit"), (.poorLattice, "poor lattice"),
    (.unfamiliar, "unlike the training data"), (.badPixels, "bad pixels"),
  ]
  private static let doubtful: CellFlags = [.border, .poorLattice, .unfamiliar, .badPixels]

  init(_ tables: [CellTable]) {
    var (sum, squares, sizes, stated, below) = (0.0, 0.0, 0.0, 0.0, 0)
    for table in tables {
      cells += table.count
      for row in 0..<table.count {
        let flags = CellFlags(rawValue: table.flags[row])
        for (flag, name) in Self.names where flags.contains(flag) { self.flags[name, default: 0] += 1 }
        let q = Double(table.q[row])
        guard flags.isDisjoint(with: Self.doubtful), q.isFinite else { continue }
        good += 1
        sum += q
        squares += q * q
        sizes += abs(q)
        stated += Double(table.qSigma[row]) * Double(table.qSigma[row])
        if flags.contains(.belowDetectionLimit) { below += 1 }
      }
    }
    guard good > 0 else { return }
    let count = Double(good)
    qMean = sum / count
    qMeanSize = sizes / count
    qSigma = (stated / count).squareRoot()
    belowDetectionLimit = Double(below) / count
    if good > 1 { qSpread = (max(0, squares - sum * sum / count) / (count - 1)).squareRoot() }
  }

  /// A few lines for a person.
  var summary: String {
    var lines = ["cells     \(cells), \(good) of them good"]
    if good > 0 {
      lines += [
        String(
          format: "q         mean %+.2f deg, spread %.2f deg (stated sigma %.2f deg), mean size %.2f deg", qMean,
          qSpread,
          qSigma, qMeanSize),
        String(format: "rho       below the detection limit in %.0f %% of the good cells", 100 * belowDetectionLimit),
      ]
    }
    let histogram = Self.names.compactMap { entry in flags[entry.name].map { "\(entry.name) \($0)" } }
    lines.append("flags     " + (histogram.isEmpty ? "none" : histogram.joined(separator: ", ")))
    return lines.joined(separator: "\n")
  }

  /// Standard deviation of q, degrees, that no reading of one pair of B columns (21.57 Å²) can beat at `dose` e/Å²: 0.22°
  /// at 10⁵ for a 10 nm crystal and a point source (Cramér-Rao, from simulated images), going as dose^(−1/2). A real source
  /// of 0.7 Å doubles it.
  static func qBound(dosePerA2 dose: Double) -> Double { 0.22 * (1e5 / dose).squareRoot() }
}
