// SPDX-License-Identifier: GPL-3.0-or-later

/// How much the images of a simulation change when its grid, its slices or its mesh become finer, each by itself.
///
/// Atoms should stand still (`ImagingConditions.motion` nil): other slices and another mesh draw other displacements, whose
/// scatter would pass for a lack of convergence. Static atoms scatter further out, so they are the harder case.
public struct ConvergenceStudy: Sendable {
  /// A finer simulation and how far its images are from the chosen one's.
  public struct Change: Sendable {
    public let step: ConvergenceStep
    /// rms change over the finer image's contrast (its standard deviation), `[detector][thickness]`, the worst probe.
    public let fromChosen: [[Double]]
    /// The same from the finest of the steps in this parameter; 0 for that one.
    public let fromFinest: [[Double]]
  }

  public let chosen: BlochPRISM
  /// In order of parameter, then fineness.
  public let changes: [Change]

  /// The steps of a study of `chosen`: for each parameter two or three finer values. Together they cost 20 to
  /// 30 times the chosen simulation.
  public static func steps(of chosen: BlochPRISM) -> [ConvergenceStep] {
    [ConvergenceStep(chosen: chosen)]
      + [1.5, 2].map { .grid(chosen, factor: $0) }
      + [2, 4, 8].map { .slices(chosen, factor: $0) }
      + ConvergenceStep.meshes(chosen)
  }

  /// Runs the steps one after the other and compares images with a Gaussian source of `sourceFWHMA`, which has less of the finest detail.
  /// `progress` hears the finished share 0…1 of the work.
  public init(
    of chosen: BlochPRISM, sourceFWHMA: Double = 0, threads: Int = 1,
    progress: @escaping @Sendable (Double) -> Void = { _ in }
  ) {
    let lengths = SIMD2(chosen.cell.lengthsA.x, chosen.cell.lengthsA.y)
    let steps = Self.steps(of: chosen)
    let total = steps.reduce(0) { $0 + $1.cost }
    var done = 0.0
    var spectra: [[[[ImageSpectrum]]]] = []
    for step in steps {
      let before = done
      let sharp = step.simulation.spectra(threads: threads) { progress((before + $0 * step.cost) / total) }
      spectra.append(sharp.map { $0.map { $0.map { $0.blurred(fwhmA: sourceFWHMA, lengthsA: lengths) } } })
      done += step.cost
    }
    self.chosen = chosen
    changes = steps.indices.dropFirst().map { n in
      let finest = steps.lastIndex { $0.parameter == steps[n].parameter } ?? n
      return Change(
        step: steps[n], fromChosen: Self.differences(spectra[0], spectra[n]),
        fromFinest: Self.differences(spectra[n], spectra[finest]))
    }
  }

  /// The largest change, over detectors and thicknesses, to the finest step in `parameter`.
  public func error(in parameter: DiscretisationParameter) -> Double {
    changes.last { $0.step.parameter == parameter }?.fromChosen.joined().max() ?? 0
  }

  /// The errors of all parameters together: they are independent, so their squares add.
  public var totalError: Double {
    DiscretisationParameter.allCases.reduce(0) { $0 + error(in: $1) * error(in: $1) }.squareRoot()
  }

  /// The coarsest simulation that is within `limit` of the finest in `parameter`; nil when only the finest itself is, so
  /// that nothing is known of it.
  public func converged(in parameter: DiscretisationParameter, to limit: Double) -> BlochPRISM? {
    if error(in: parameter) <= limit { return chosen }
    let finer = changes.filter { $0.step.parameter == parameter }.dropLast()
    return finer.first { ($0.fromFinest.joined().max() ?? 0) <= limit }?.step.simulation
  }

  /// `[detector][thickness]`, the worst probe.
  private static func differences(_ images: [[[ImageSpectrum]]], _ finer: [[[ImageSpectrum]]]) -> [[Double]] {
    zip(images, finer).map { pair in
      zip(pair.0, pair.1).map { zip($0, $1).map { $0.relativeDifference(from: $1) }.max() ?? 0 }
    }
  }
}

extension ImageSpectrum {
  /// rms difference over the contrast of `reference`, by Parseval's theorem over the coefficients: no scan points needed.
  /// Infinite when the reference is constant and the image is another.
  public func relativeDifference(from reference: ImageSpectrum) -> Double {
    var (square, variance) = (0.0, 0.0)
    for h in -maximum.x...maximum.x {
      for k in -maximum.y...maximum.y {
        let difference = self[h, k] - reference[h, k]
        square += (difference * difference).sum()
        if h != 0 || k != 0 { variance += (reference[h, k] * reference[h, k]).sum() }
      }
    }
    return square == 0 ? 0 : (square / variance).squareRoot()
  }
}
