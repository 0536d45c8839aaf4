// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Multislice

/// A study of convergence as a table for people and as JSON.
struct ConvergenceReport: Encodable {
  struct Setting: Encodable {
    let grid: [Int]
    let slicesPerPeriod: Int
    let sliceThicknessA: Double
    let mesh: [Int]

    enum CodingKeys: String, CodingKey {
      case grid
      case slicesPerPeriod = "slices_per_period"
      case sliceThicknessA = "slice_thickness_A"
      case mesh
    }

    init(_ simulation: BlochPRISM) {
      grid = [simulation.grid.nx, simulation.grid.ny]
      slicesPerPeriod = simulation.sliceCount
      sliceThicknessA = simulation.sliceThicknessA
      mesh = [simulation.conditions.mesh.x, simulation.conditions.mesh.y]
    }
  }

  struct Change: Encodable {
    let parameter: DiscretisationParameter
    let setting: Setting
    /// [detector][thickness], per cent of contrast.
    let fromChosenPercent, fromFinestPercent: [[Double]]

    enum CodingKeys: String, CodingKey {
      case parameter, setting
      case fromChosenPercent = "change_from_chosen_percent"
      case fromFinestPercent = "change_from_finest_percent"
    }
  }

  /// Whether the chosen value of a parameter is fine enough, and if it is not, which one is.
  struct Verdict: Encodable {
    let parameter: DiscretisationParameter
    let errorPercent: Double
    let isConverged: Bool
    /// Missing when none of the settings tried is known to be fine enough.
    let convergedSetting: Setting?

    enum CodingKeys: String, CodingKey {
      case parameter
      case errorPercent = "error_percent"
      case isConverged = "is_converged"
      case convergedSetting = "converged_setting"
    }
  }

  private static let limit = 0.01

  let limitPercent = 100 * limit
  let chosen: Setting
  let thicknessNm: [Double]
  let detectorMrad: [[Double]]
  let changes: [Change]
  let verdicts: [Verdict]
  let totalErrorPercent: Double

  enum CodingKeys: String, CodingKey {
    case limitPercent = "limit_percent"
    case chosen
    case thicknessNm = "thickness_nm"
    case detectorMrad = "detector_mrad"
    case changes, verdicts
    case totalErrorPercent = "total_error_percent"
  }

  init(_ study: ConvergenceStudy) {
    func percent(_ values: [[Double]]) -> [[Double]] { values.map { $0.map { 100 * $0 } } }
    chosen = Setting(study.chosen)
    thicknessNm = study.chosen.exactThicknessesNm
    detectorMrad = study.chosen.conditions.detectors.map { [$0.innerMrad, $0.outerMrad] }
    changes = study.changes.compactMap { change in
      change.step.parameter.map {
        Change(
          parameter: $0, setting: Setting(change.step.simulation),
          fromChosenPercent: percent(change.fromChosen), fromFinestPercent: percent(change.fromFinest))
      }
    }
    verdicts = DiscretisationParameter.allCases.map {
      Verdict(
        parameter: $0, errorPercent: 100 * study.error(in: $0), isConverged: study.error(in: $0) <= Self.limit,
        convergedSetting: study.converged(in: $0, to: Self.limit).map(Setting.init))
    }
    totalErrorPercent = 100 * study.totalError
  }
}

extension ConvergenceReport.Setting {
  func text(_ parameter: DiscretisationParameter) -> String {
    switch parameter {
    case .grid: "grid \(grid[0]) × \(grid[1])"
    case .slices: "\(slicesPerPeriod) slices of \(String(format: "%.2f", sliceThicknessA)) Å"
    case .mesh: "mesh \(mesh[0]) × \(mesh[1])"
    }
  }
}

extension ConvergenceReport {
  /// One line a finer setting, one column a thickness; one table a detector.
  var text: String {
    var lines = ["chosen: " + DiscretisationParameter.allCases.map(chosen.text).joined(separator: ", ")]
    for (d, angles) in detectorMrad.enumerated() {
      lines.append("")
      let title = "rms change, % of contrast, \(String(format: "%g–%g", angles[0], angles[1])) mrad"
      lines.append(Self.padded(title, 44) + thicknessNm.map { String(format: "%7.2f nm", $0) }.joined())
      for change in changes {
        let values = change.fromChosenPercent[d].map { String(format: "%10.2f", $0) }.joined()
        lines.append(Self.padded("  to " + change.setting.text(change.parameter), 44) + values)
      }
    }
    lines.append("")
    lines += verdicts.map { verdict in
      let error = String(format: "%.2f %%", verdict.errorPercent)
      let chosen = chosen.text(verdict.parameter)
      if verdict.isConverged { return "\(chosen): converged to \(Self.limitText) (\(error))" }
      guard let setting = verdict.convergedSetting else {
        return "\(chosen): NOT converged to \(Self.limitText) (\(error)), and what is may be finer than all tried"
      }
      return "\(chosen): NOT converged to \(Self.limitText) (\(error)); \(setting.text(verdict.parameter)) is"
    }
    lines.append(String(format: "all together: %.2f %%", totalErrorPercent))
    return lines.joined(separator: "\n")
  }

  private static var limitText: String { String(format: "%g %%", 100 * limit) }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}
