// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore

/// What `glazer infer --json` writes beside the rows.
struct InferReport: Encodable {
  private struct Model: Encodable {
    let path, name, sha256: String
  }

  private struct Frame: Encodable {
    let frame: Int
    let image: String
    let page: Int
    let lattice: LatticeReport
    let statistics: CellStatistics
    let regions: [RegionReport]
    let scatterOverStated: [Double]?
    let sigmaWidening: [Double]
    let dosePerA2: Double?

    enum CodingKeys: String, CodingKey {
      case frame, image, page, lattice, statistics, regions
      case dosePerA2 = "dose_e_per_A2"
      case scatterOverStated = "scatter_over_stated"
      case sigmaWidening = "sigma_widening"
    }
  }

  private let program = "glazer infer \(Glazer.version)"
  private let model: Model
  private let frames: [Frame]
  private let statistics: CellStatistics
  private let refused: [String]
  private let dosePerA2: Double?
  private let qBoundDegrees: Double?
  private let detectionLimitDegrees: Double?

  enum CodingKeys: String, CodingKey {
    case program, model, frames, statistics, refused
    case dosePerA2 = "dose_e_per_A2"
    case qBoundDegrees = "q_bound_deg"
    case detectionLimitDegrees = "detection_limit_deg"
  }

  init(_ run: InferRun, dosePerA2: Double?) {
    model = Model(path: run.modelPath, name: run.model.name, sha256: run.model.sha256)
    frames = run.frames.map {
      Frame(
        frame: $0.number, image: $0.path, page: $0.page, lattice: LatticeReport($0.registration),
        statistics: CellStatistics([$0.cells]), regions: RegionReport.all($0.regions, $0.cells),
        scatterOverStated: $0.regions.scatterOverStated.map { [$0.x, $0.y, $0.z] },
        sigmaWidening: [$0.regions.widening.x, $0.regions.widening.y, $0.regions.widening.z], dosePerA2: $0.dosePerA2)
    }
    statistics = CellStatistics(run.frames.map(\.cells))
    refused = run.refusals.map(\.description)
    self.dosePerA2 = dosePerA2
    qBoundDegrees = dosePerA2.map(CellStatistics.qBound)
    detectionLimitDegrees = run.model.leastRhoDegrees(dosePerA2: dosePerA2)
  }
}
