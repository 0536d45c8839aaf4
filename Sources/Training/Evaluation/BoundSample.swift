// SPDX-License-Identifier: GPL-3.0-or-later
import Emulator
import GlazerCore
import Inference

/// How far the best reader of a condition's patches has to be off: bounds of states that are drawn as its samples are, with ρ ≥ 4°.
///
/// Unknown to it is what training draws, gain noise adds to the electrons' own, and the distributions are known (`PatchInformation`).
/// Left out are patches that the edge of an image cuts and films, which tell less, and noise that neighbouring pixels share, which is easier
/// to see through than the white one that is supposed.
struct BoundSample {
  /// States that are looked at, over all crystals: some 20 ms each.
  static let states = 120

  private var bounds: [(information: PatchInformation, noise: Double)] = []

  /// `ranges` are those of the condition, whose dose does not matter; `training` those that the reader knows.
  init(
    sources: [some CellImageSource], ranges: AugmentationRanges, training: AugmentationRanges,
    geometry: NormalisationGeometry, seed: UInt64
  ) {
    let share = max(8, Self.states / sources.count)
    for (index, source) in sources.enumerated() {
      let calculator = BoundCalculator(source: source, nuisance: ReaderPriors.nuisance)
      let priors = ReaderPriors(training, source: source)
      let sampler = CellSampler(
        geometry, gridWidth: source.gridWidth, gridHeight: source.gridHeight, columnsAcross: source.columnsAcross,
        pseudoCubicA: source.pseudoCubicA)
      let periodA = (
        x: sampler.pixelA.x * Double(geometry.patch.pixelsPerA * source.columnsAcross),
        y: sampler.pixelA.y * Double(2 * geometry.patch.pixelsPerB)
      )
      // Nine of ten tilts of the cube have ρ ≥ 4°, fewer where tilts are shrunk.
      let drawn = SampleSet(
        sources: [source], ranges: ranges, geometry: geometry, seed: seed &+ UInt64(index), part: .validation,
        count: 3 * share)
      let states = drawn.truths.filter { $0.tilt.rho >= ValidationScores.minimumRho }.prefix(share)
      var random = SeededRandom(seed: seed, stream: UInt64(index))
      for truth in states {
        guard let gradient = try? calculator.gradient(truth.state) else { continue }
        let linesAreColumns = random.next().isMultiple(of: 2)
        let jitterA = training.jitterA.draw(&random)
        let gain = training.gainNoise.draw(&random)
        bounds.append(
          (
            PatchInformation(
              gradient, priors: priors, sampler: sampler, periodA: periodA, jitterA: jitterA,
              linesAreColumns: linesAreColumns),
            1 + gain * gain
          ))
      }
    }
  }

  /// Root mean squares over the states; nil without any. `spread` is how far somebody is off who only knows how tilts are distributed.
  func rms(dosePerA2: Double, spread: TiltScores) -> EvaluationSummary.Bound? {
    guard !bounds.isEmpty else { return nil }
    var sum = SIMD3<Double>.zero
    for (information, noise) in bounds {
      let sigma = information.standardDeviations(
        electronsPerA2: dosePerA2 / noise, spread: (spread.p, spread.q, spread.r))
      sum += sigma * sigma
    }
    let rms = (sum / Double(bounds.count)).squareRoot()
    return EvaluationSummary.Bound(states: bounds.count, q: rms.y, p: rms.x, r: rms.z)
  }
}
