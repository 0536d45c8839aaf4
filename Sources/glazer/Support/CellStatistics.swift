// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// What a table of cells says as a whole.
struct CellStatistics: Encodable {
  private(set) var cells = 0
  /// Neither at the border nor on a poor lattice, unlike the training data or with bad pixels.
  private(set) var good = QStatistics()
  /// The good ones and those unlike the training data: what can be said of an image that the model does not know.
  private(set) var whole = QStatistics()
  /// Cells by flag; a cell may have several.
  private(set) var flags: [String: Int] = [:]

  /// Names as in the documentation of the CSV, in the order of their bits.
  static let names: [(flag: CellFlags, name: String)] = [
    (.border, "border"), (.belowDetectionLimit, "below detection limit"), (.poorLattice, "poor lattice"),
    (.unfamiliar, "unlike the training data"), (.badPixels, "bad pixels"),
  ]
  private static let cut: CellFlags = [.border, .poorLattice, .badPixels]

  init(_ tables: [CellTable]) {
    for table in tables {
      cells += table.count
      for row in 0..<table.count {
        let flags = CellFlags(rawValue: table.flags[row])
        for (flag, name) in Self.names where flags.contains(flag) { self.flags[name, default: 0] += 1 }
        guard flags.isDisjoint(with: Self.cut), table.q[row].isFinite else { continue }
        whole.add(q: table.q[row], sigma: table.qSigma[row], flags: flags)
        if !flags.contains(.unfamiliar) { good.add(q: table.q[row], sigma: table.qSigma[row], flags: flags) }
      }
    }
  }

  /// A few lines for a person.
  var summary: String {
    var lines = ["cells     \(cells), \(good.cells) of them good"]
    if good.cells > 0 { lines += good.lines(of: "good") }
    if whole.cells > good.cells { lines += whole.lines(of: "good or unlike the training data") }
    let histogram = Self.names.compactMap { entry in flags[entry.name].map { "\(entry.name) \($0)" } }
    lines.append("flags     " + (histogram.isEmpty ? "none" : histogram.joined(separator: ", ")))
    return lines.joined(separator: "\n")
  }

  /// Standard deviation of q, degrees, that no reading of one pair of B columns (21.57 Å²) can beat at `dose` e/Å²: 0.22°
  /// at 10⁵ for a 10 nm crystal and a point source (Cramér-Rao, from simulated images), going as dose^(−1/2). A real source
  /// of 0.7 Å doubles it.
  static func qBound(dosePerA2 dose: Double) -> Double { 0.22 * (1e5 / dose).squareRoot() }
}
