// SPDX-License-Identifier: GPL-3.0-or-later
import Agent
import Foundation
import GlazerCore

/// How the readings of one frame compare with the truth: single and accumulated.
struct TrackingScore {
  private(set) var cells = 0
  private var single = 0.0
  private var accumulated = 0.0
  private var stated = 0.0
  /// By how much the pipeline's indices differ from the crystal's, of all cells.
  private(set) var offsets: Set<CellIndex> = []

  /// Good cells outside the domain wall; accumulated ones that were in sight all the time, up to `frames`.
  init(_ pipeline: Pipeline, truth: SynthesisTruth, frames: Double) {
    guard let sums = pipeline.accumulated else { return }
    let (table, frame) = (pipeline.cells, pipeline.header.frame)
    for row in 0..<table.count {
      let position = Vector2(Double(table.x[row]), Double(table.y[row]))
      let unfit: CellFlags = [.border, .badPixels, .poorLattice, .unfamiliar]
      guard CellFlags(rawValue: table.flags[row]).isDisjoint(with: unfit),
        let known = truth.q(at: position, frame: frame)
      else { continue }
      offsets.insert(CellIndex(i: Int(table.i[row]) - known.column.i, j: Int(table.j[row]) - known.column.j))
      guard Double(sums.frames[row]) > 0.85 * frames else { continue }
      cells += 1
      single += square(Double(table.q[row]) - known.degrees)
      accumulated += square(Double(sums.cells.q[row]) - known.degrees)
      stated += square(Double(sums.cells.qSigma[row]))
    }
  }

  private func square(_ x: Double) -> Double { x * x }
  private func rms(_ sum: Double) -> Double { (sum / Double(max(1, cells))).squareRoot() }

  var singleRms: Double { rms(single) }
  var accumulatedRms: Double { rms(accumulated) }
  var statedRms: Double { rms(stated) }
}
