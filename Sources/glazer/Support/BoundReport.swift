// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import Foundation
import GlazerCore

/// What `glazer emulate bound` prints and writes. Infinite numbers stand as "inf" in files.
struct BoundReport: Encodable {
  struct Row: Encodable {
    var tilt: TiltAngles
    var thicknessNm, sourceFWHMA, dosePerA2: Double
    /// Standard deviations, degrees.
    var p, q, r: Double

    enum CodingKeys: String, CodingKey {
      case tilt
      case thicknessNm = "thickness_nm"
      case sourceFWHMA = "source_fwhm_A"
      case dosePerA2 = "dose_per_A2"
      case p = "p_sigma_deg"
      case q = "q_sigma_deg"
      case r = "r_sigma_deg"
    }
  }

  struct Limit: Encodable {
    var thicknessNm, sourceFWHMA, dosePerA2: Double
    /// Degrees; infinite when even `largest` cannot be detected.
    var rho, largest: Double

    enum CodingKeys: String, CodingKey {
      case thicknessNm = "thickness_nm"
      case sourceFWHMA = "source_fwhm_A"
      case dosePerA2 = "dose_per_A2"
      case rho = "rho_deg"
      case largest = "largest_rho_deg"
    }
  }

  private let program = "glazer emulate bound \(Glazer.version)"
  let emulator: String
  let areaA2: Double
  let defocusA: Double
  let nuisance: [String]
  var bounds: [Row] = []
  var limits: [Limit] = []
  /// Largest relative change of a bound when the steps of the differences are halved; nil where nobody tried.
  private(set) var stepError: Double?

  init(emulator: String, areaA2: Double, defocusA: Double, nuisance: [String]) {
    self.emulator = emulator
    self.areaA2 = areaA2
    self.defocusA = defocusA
    self.nuisance = nuisance
  }

  enum CodingKeys: String, CodingKey {
    case program, emulator, nuisance, bounds, limits
    case areaA2 = "area_A2"
    case defocusA = "defocus_A"
    case stepError = "step_error"
  }

  mutating func extendStepError(_ bound: TiltBound, _ halved: TiltBound) {
    for path in [\TiltBound.p, \.q, \.r] where bound[keyPath: path].isFinite && halved[keyPath: path].isFinite {
      stepError = max(stepError ?? 0, abs(halved[keyPath: path] / bound[keyPath: path] - 1))
    }
  }
}
