// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import GlazerCore
import Inference

/// Cramér-Rao bounds of states that are drawn as a condition's samples are, with ρ ≥ 4°, per root of the electrons.
///
/// The area is that of the patch, the source size (and blur) that of the state. Unknown are shift, scale, offset, defocus, thickness,
/// source size and, if the samples have one, mistilt. Noise of the detector's gain and errors of registration do not count, so that
/// the bound is lower than what can be reached.
struct BoundSample {
  /// States that are looked at, over all crystals: some 5 to 10 ms each.
  static let states = 120

  /// nil of a state about which an image says nothing.
  private var bounds: [(bound: TiltBound?, areaA2: Double)] = []

  /// `ranges` are those of the condition; its dose does not matter.
  init(sources: [some CellImageSource], ranges: AugmentationRanges, geometry: NormalisationGeometry, seed: UInt64) {
    var nuisance = NuisanceParameters.unknownToAReader
    if ranges.mistiltMrad.upper > 0 { nuisance.insert(.mistilt) }
    let share = max(8, Self.states / sources.count)
    for (index, source) in sources.enumerated() {
      let calculator = BoundCalculator(source: source, nuisance: nuisance)
      let fit = DetectionLimitFit(sources: [source], ranges: ranges, patch: geometry.patch, seed: seed)
      // Nine of ten tilts of the cube have ρ ≥ 4°, fewer where tilts are shrunk.
      let drawn = SampleSet(
        sources: [source], ranges: ranges, geometry: geometry, seed: seed &+ UInt64(index), part: .validation,
        count: 3 * share)
      for truth in drawn.truths.filter({ $0.tilt.rho >= ValidationScores.minimumRho }).prefix(share) {
        bounds.append((try? calculator.bound(truth.state), fit.areaA2(source)))
      }
    }
  }

  /// Root mean squares over the states; nil without any.
  ///
  /// `spread` is how far somebody is off who only knows how tilts are distributed: no reader that knows it too need be
  /// further off than 1/√(1/bound² + 1/spread²), which is what is averaged.
  func rms(dosePerA2: Double, spread: TiltScores) -> EvaluationSummary.Bound? {
    guard !bounds.isEmpty else { return nil }
    func rms(_ spread: Double, _ value: ((p: Double, q: Double, r: Double)) -> Double) -> Double {
      let sum = bounds.reduce(0) { sum, state in
        let sigma = state.bound.map { value($0.standardDeviations(dosePerA2: dosePerA2, areaA2: state.areaA2)) }
        return sum + 1 / (1 / (spread * spread) + (sigma.map { 1 / ($0 * $0) } ?? 0))
      }
      return (sum / Double(bounds.count)).squareRoot()
    }
    return EvaluationSummary.Bound(
      states: bounds.count, q: rms(spread.q) { $0.q }, p: rms(spread.p) { $0.p }, r: rms(spread.r) { $0.r })
  }
}
