// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import GlazerCore

/// Bounds or detection limits for all combinations of some states and conditions.
struct BoundStudy<Source: CellImageSource> {
  let source: Source
  let nuisance: NuisanceParameters
  var emulator = ""
  var tilts: [TiltAngles] = []
  var dosesPerA2 = [1e5]
  var thicknessesNm = [10.0]
  var sourcesA = [0.0]
  var defocusA = 0.0
  var areaA2: Double
  /// Whether bounds are worked out again with half the steps, for the error that the steps make.
  var checksSteps = true

  init(source: Source, nuisance: NuisanceParameters) {
    self.source = source
    self.nuisance = nuisance
    areaA2 = TiltBound.pairAreaA2(pseudoCubicA: source.pseudoCubicA)
  }

  private func state(_ tilt: TiltAngles, _ thicknessNm: Double, _ sourceA: Double) -> ImagingState {
    ImagingState(tilt: tilt, thicknessNm: thicknessNm, defocusA: defocusA, sourceFWHMA: sourceA)
  }

  private var emptyReport: BoundReport {
    BoundReport(emulator: emulator, areaA2: areaA2, defocusA: defocusA, nuisance: nuisance.names)
  }

  func bounds() throws -> BoundReport {
    let calculator = BoundCalculator(source: source, nuisance: nuisance)
    let check = BoundCalculator(source: source, nuisance: nuisance, steps: DerivativeSteps().halved)
    var report = emptyReport
    for tilt in tilts {
      for sourceA in sourcesA {
        for thicknessNm in thicknessesNm {
          let state = state(tilt, thicknessNm, sourceA)
          let bound = try calculator.bound(state)
          if checksSteps { report.extendStepError(bound, try check.bound(state)) }
          for dose in dosesPerA2 {
            let s = bound.standardDeviations(dosePerA2: dose, areaA2: areaA2)
            report.bounds.append(
              BoundReport.Row(
                tilt: tilt, thicknessNm: thicknessNm, sourceFWHMA: sourceA, dosePerA2: dose, p: s.p, q: s.q, r: s.r))
          }
        }
      }
    }
    return report
  }

  func limits() throws -> BoundReport {
    let calculator = BoundCalculator(source: source, nuisance: nuisance)
    var report = emptyReport
    for sourceA in sourcesA {
      for thicknessNm in thicknessesNm {
        let curve = try calculator.detectionCurve(state(.zero, thicknessNm, sourceA))
        for dose in dosesPerA2 {
          report.limits.append(
            BoundReport.Limit(
              thicknessNm: thicknessNm, sourceFWHMA: sourceA, dosePerA2: dose,
              rho: curve.limit(dosePerA2: dose, areaA2: areaA2), largest: curve.rhoDegrees.last ?? 0))
        }
      }
    }
    return report
  }
}

/// Large and general, all equal, one axis, small, and one without any split.
enum UsualTilts {
  static let all = [(8, 3, -6), (5, 5, 5), (0, 0, 5), (2, 1, -1), (5, -5, 0)].map {
    TiltAngles(alpha: $0.0, beta: $0.1, gamma: $0.2)
  }
}
