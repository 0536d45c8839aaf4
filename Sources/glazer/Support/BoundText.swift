// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

extension BoundReport {
  /// A header and one line a row.
  var csv: String {
    let conditions = ["thickness_nm", "source_fwhm_A", "dose_per_A2", "area_A2"]
    var lines: [String]
    if limits.isEmpty {
      let names = ["alpha_deg", "beta_deg", "gamma_deg"] + conditions + ["p_sigma_deg", "q_sigma_deg", "r_sigma_deg"]
      lines = [names.joined(separator: ",")]
      for row in bounds {
        lines.append(
          Self.line([
            row.tilt.alpha, row.tilt.beta, row.tilt.gamma, row.thicknessNm, row.sourceFWHMA, row.dosePerA2, areaA2,
            row.p,
            row.q, row.r,
          ]))
      }
    } else {
      lines = [(conditions + ["rho_deg"]).joined(separator: ",")]
      for row in limits { lines.append(Self.line([row.thicknessNm, row.sourceFWHMA, row.dosePerA2, areaA2, row.rho])) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func line(_ numbers: [Double]) -> String {
    numbers.map { String(format: "%.6g", $0) }.joined(separator: ",")
  }

  /// A table for a terminal.
  var text: String {
    let unknown = nuisance.isEmpty ? "nothing else unknown" : "unknown: \(nuisance.joined(separator: ", "))"
    let conditions = String(format: "on %.2f Å², defocus %g Å; %@", areaA2, defocusA, unknown)
    return (limits.isEmpty ? boundLines(conditions) : limitLines(conditions)).joined(separator: "\n")
  }

  private func boundLines(_ conditions: String) -> [String] {
    func sigma(_ value: Double) -> String { value.isFinite ? String(format: "%6.3f", value) : "  none" }
    var lines = ["least standard deviations, degrees, \(conditions)"]
    lines.append(" alpha, beta,gamma    thickness    source          dose       p       q       r")
    for row in bounds {
      let tilt = String(format: "%5g,%5g,%5g", row.tilt.alpha, row.tilt.beta, row.tilt.gamma)
      let state = Self.state(row.thicknessNm, row.sourceFWHMA, row.dosePerA2)
      lines.append("\(tilt)  \(state)  \(sigma(row.p))  \(sigma(row.q))  \(sigma(row.r))")
    }
    if let stepError {
      lines.append(
        String(format: "half the step of the differences changes no bound by more than %.2f %%", 100 * stepError))
    }
    return lines
  }

  private func limitLines(_ conditions: String) -> [String] {
    var lines = ["least ρ = √(p² + r²) that can be detected, degrees, \(conditions)"]
    lines.append("   thickness    source          dose     rho")
    for row in limits {
      let rho = row.rho.isFinite ? String(format: "%6.2f", row.rho) : String(format: "> %.1f", row.largest)
      lines.append("\(Self.state(row.thicknessNm, row.sourceFWHMA, row.dosePerA2))  \(rho)")
    }
    return lines
  }

  private static func state(_ thicknessNm: Double, _ sourceA: Double, _ dose: Double) -> String {
    String(format: "%9.2f nm  %6.2f Å  %8.1e e/Å²", thicknessNm, sourceA, dose)
  }
}
