// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// One region as `infer --json` writes it; names as in the header of an overlay.
struct RegionReport: Encodable {
  private let region: TiltRegion
  /// Its cells and those of them on a wall: lattice indices.
  private let members, walls: [[Int32]]

  static func all(_ map: RegionMap, _ cells: CellTable) -> [RegionReport] {
    map.regions.indices.map { index in
      let rows = map.labels.indices.filter { map.labels[$0] == Int32(index) }
      return RegionReport(
        region: map.regions[index], members: rows.map { [cells.i[$0], cells.j[$0]] },
        walls: rows.filter { map.walls[$0] != 0 }.map { [cells.i[$0], cells.j[$0]] })
    }
  }

  private enum CodingKeys: String, CodingKey {
    case cells, symbol, probability, senses, told, alpha, beta, gamma, q, p, members
    case core = "core_cells"
    case centre = "centre_px"
    case runnerUp = "runner_up"
    case runnerUpProbability = "runner_up_probability"
    case sensesProbability = "senses_probability"
    case sensesRunnerUp = "senses_runner_up"
    case sensesRunnerUpProbability = "senses_runner_up_probability"
    case mayBeInPhaseAB = "may_be_in_phase_ab"
    case alphaSigma = "alpha_sigma"
    case betaSigma = "beta_sigma"
    case gammaSigma = "gamma_sigma"
    case qSigma = "q_sigma"
    case pSigma = "p_sigma"
    case walls = "wall_members"
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(region.cells, forKey: .cells)
    try values.encode(region.core, forKey: .core)
    try values.encode([region.centre.x, region.centre.y], forKey: .centre)
    try values.encode(region.system.description, forKey: .symbol)
    try values.encode(region.probability, forKey: .probability)
    try values.encode(region.runnerUp.description, forKey: .runnerUp)
    try values.encode(region.runnerUpProbability, forKey: .runnerUpProbability)
    try values.encode(region.senses.description, forKey: .senses)
    try values.encode(region.sensesProbability, forKey: .sensesProbability)
    try values.encode(region.runnerUpSenses.description, forKey: .sensesRunnerUp)
    try values.encode(region.runnerUpSensesProbability, forKey: .sensesRunnerUpProbability)
    try values.encode(region.isTold, forKey: .told)
    try values.encode(region.mayBeInPhaseAB, forKey: .mayBeInPhaseAB)
    let tilt = region.tilt
    for (key, value) in [
      (CodingKeys.alpha, tilt.alpha), (.beta, tilt.beta), (.gamma, tilt.gamma), (.alphaSigma, region.alphaSigma),
      (.betaSigma, region.alphaSigma), (.gammaSigma, region.r.sigma), (.q, region.q.value), (.qSigma, region.q.sigma),
      (.p, region.p.value), (.pSigma, region.p.sigma),
    ] {
      try values.encode(value, forKey: key)
    }
    try values.encode(members, forKey: .members)
    try values.encode(walls, forKey: .walls)
  }
}

extension TiltRegion {
  /// One line for a person: what is told, and what fits as well where it is not.
  var summary: String {
    func text(_ value: Double, _ sigma: Double) -> String { String(format: "%+.1f±%.1f", value, sigma) }
    let phases =
      isTold
      ? String(format: "%@ %.3f", senses.description, sensesProbability)
      : String(
        format: "not told: %@ %.2f, %@ %.2f", senses.description, sensesProbability, runnerUpSenses.description,
        runnerUpSensesProbability)
    let letters = String(
      format: "%@ %.2f, %@ %.2f", system.description, probability, runnerUp.description, runnerUpProbability)
    let tilt = self.tilt
    return "\(cells) cells  \(phases)  (\(letters))  alpha \(text(tilt.alpha, alphaSigma))"
      + "  beta \(text(tilt.beta, alphaSigma))  gamma \(text(tilt.gamma, r.sigma)) deg"
      + (mayBeInPhaseAB ? "  or + about a or b" : "")
  }
}
