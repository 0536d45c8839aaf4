// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

extension JSONWriter {
  /// `regions` of the header, that with the most readable cells first; the column `region` counts them from 0.
  mutating func regions(_ map: RegionMap) {
    array("regions") {
      for region in map.regions { $0.region(region) }
    }
    array("sigma_widening") {
      for lane in 0..<3 { $0.value(map.widening[lane]) }
    }
    guard let scatter = map.scatterOverStated else { return }
    array("scatter_over_stated") {
      for lane in 0..<3 { $0.value(scatter[lane]) }
    }
  }

  private mutating func region(_ region: TiltRegion) {
    beginObject()
    member("cells", region.cells)
    member("core_cells", region.core)
    vector("centre_px", region.centre)
    member("symbol", region.system.description)
    member("probability", Self.share(region.probability))
    member("runner_up", region.runnerUp.description)
    member("runner_up_probability", Self.share(region.runnerUpProbability))
    member("senses", region.senses.description)
    member("senses_probability", Self.share(region.sensesProbability))
    member("senses_runner_up", region.runnerUpSenses.description)
    member("senses_runner_up_probability", Self.share(region.runnerUpSensesProbability))
    member("told", region.isTold)
    member("may_be_in_phase_ab", region.mayBeInPhaseAB)
    let tilt = region.tilt
    member("alpha", tilt.alpha)
    member("beta", tilt.beta)
    member("gamma", tilt.gamma)
    member("alpha_sigma", region.alphaSigma)
    member("beta_sigma", region.alphaSigma)
    member("gamma_sigma", region.r.sigma)
    member("q", region.q.value)
    member("q_sigma", region.q.sigma)
    member("p", region.p.value)
    member("p_sigma", region.p.sigma)
    member("split_c", region.c.value)
    member("split_c_sigma", region.c.sigma)
    member("split_s", region.s.value)
    member("split_s_sigma", region.s.sigma)
    member("split_s_by_row", region.sByRow.value)
    member("split_s_by_row_sigma", region.sByRow.sigma)
    endObject()
  }

  /// Six decimals: a probability of one is one.
  private static func share(_ probability: Double) -> Double { (probability * 1e6).rounded() / 1e6 }
}

/// A region as it stands on the wire.
struct WireRegion: Decodable {
  var cells, coreCells: Int
  var centrePx: [Double?]
  var symbol, runnerUp, senses, sensesRunnerUp: String
  var probability, runnerUpProbability, sensesProbability, sensesRunnerUpProbability: Double
  var mayBeInPhaseAb: Bool
  var gamma, gammaSigma, q, qSigma, p, pSigma: Double?
  var splitC, splitCSigma, splitS, splitSSigma, splitSByRow, splitSByRowSigma: Double?

  /// nil where a symbol is one that this version does not know.
  var region: TiltRegion? {
    guard let system = TiltSystem.allCases.first(where: { $0.description == symbol }),
      let second = TiltSystem.allCases.first(where: { $0.description == runnerUp }),
      let senses = TiltSenses.allCases.first(where: { $0.description == self.senses }),
      let otherSenses = TiltSenses.allCases.first(where: { $0.description == sensesRunnerUp }), centrePx.count == 2
    else { return nil }
    func value(_ value: Double?, _ sigma: Double?) -> RegionValue { RegionValue(value ?? .nan, sigma: sigma ?? .nan) }
    var region = TiltRegion()
    (region.cells, region.core) = (cells, coreCells)
    region.centre = Vector2(centrePx[0] ?? .nan, centrePx[1] ?? .nan)
    (region.system, region.probability) = (system, probability)
    (region.runnerUp, region.runnerUpProbability) = (second, runnerUpProbability)
    (region.senses, region.sensesProbability) = (senses, sensesProbability)
    (region.runnerUpSenses, region.runnerUpSensesProbability) = (otherSenses, sensesRunnerUpProbability)
    region.mayBeInPhaseAB = mayBeInPhaseAb
    (region.q, region.p, region.r) = (value(q, qSigma), value(p, pSigma), value(gamma, gammaSigma))
    (region.c, region.s) = (value(splitC, splitCSigma), value(splitS, splitSSigma))
    region.sByRow = value(splitSByRow, splitSByRowSigma)
    return region
  }
}
