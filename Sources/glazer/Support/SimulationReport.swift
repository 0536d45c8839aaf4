// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Multislice

/// The parameters of a simulation as they are written beside its images.
struct SimulationReport: Encodable {
  /// What was imaged: a file, or a material with its tilt.
  struct Origin: Encodable {
    var structure: String?
    var zone: String?
    var material: String?
    var tilt: [Double]?
    var pattern: String?
    var glazer: String?
    /// How far a crystal's cell was sheared until its angles were right.
    var shear: Double?
    /// Slice of the beam period that comes first.
    var startingLayer = 0

    enum CodingKeys: String, CodingKey {
      case structure, zone, material
      case tilt = "tilt_deg"
      case pattern
      case glazer = "glazer_symbol"
      case shear
      case startingLayer = "starting_layer"
    }
  }

  private let program = "glazer simulate \(Glazer.version)"
  private let origin: Origin
  private let voltageKV, semiangleMrad: Double
  private let detectors: [OpticsReport.Detector]
  private let probe: OpticsReport.Probe
  private let thicknessNm: [Double]
  /// Of the cell that the images show. Mesh and grid are those of the calculation: of all cells of a supercell.
  private let cellA: [Double]
  private let sourceFWHMA, sliceThicknessA: Double
  private let scan, mesh, grid: [Int]
  private let edges: EdgeRule
  private let thermalMotion: ThermalMotionReport?
  private let axes: String

  enum CodingKeys: String, CodingKey {
    case program, origin
    case voltageKV = "voltage_kV"
    case semiangleMrad = "semiangle_mrad"
    case detectors, probe
    case thicknessNm = "thickness_nm"
    case cellA = "cell_A"
    case sourceFWHMA = "source_fwhm_A"
    case sliceThicknessA = "slice_thickness_A"
    case scan, mesh, grid, edges
    case thermalMotion = "frozen_phonons"
    case axes
  }

  init(
    simulation: BlochPRISM, cell: CrystalCell, origin: Origin, scan: [Int], sourceFWHMA: Double,
    thermal: ThermalMotionReport?
  ) {
    thermalMotion = thermal
    let conditions = simulation.conditions
    self.origin = origin
    voltageKV = conditions.voltageKV
    semiangleMrad = conditions.semiangleMrad
    detectors = conditions.detectors.map(OpticsReport.Detector.init)
    probe = OpticsReport.Probe(conditions.probes[0])
    thicknessNm = simulation.exactThicknessesNm
    cellA = [cell.lengthsA.x, cell.lengthsA.y, cell.lengthsA.z]
    self.sourceFWHMA = sourceFWHMA
    sliceThicknessA = simulation.sliceThicknessA
    self.scan = scan
    mesh = [conditions.mesh.x, conditions.mesh.y]
    grid = [simulation.grid.nx, simulation.grid.ny]
    edges = conditions.edges
    let order = conditions.detectors.count > 1 ? "[detector, thickness, x, y]" : "[thickness, x, y]"
    axes = "\(order): x = [110], y = [001]; pixel (i, j) at (i Lx/nx, j Ly/ny)"
  }

  static func path(beside output: String) -> String {
    (output.hasSuffix(".npy") ? String(output.dropLast(4)) : output) + ".json"
  }
}
