// SPDX-License-Identifier: GPL-3.0-or-later
import Dispatch
import Fourier

/// The image spectra of a run while mesh points are added to them, `[exit][detector][probe]`, and each probe's norm.
final class SpectrumTotals: @unchecked Sendable {
  private let conditions: ImagingConditions
  private let wavelengthA: Double
  private let maximum: SIMD2<Int>
  private let viewOfProbe: [Int]
  /// Distinct mistilts of the probes, mrad.
  let mistiltsMrad: [SIMD2<Double>]
  private let exits: Int
  private let sums: UnsafeMutableBufferPointer<SIMD2<Double>>
  private var norms: [Double]

  init(conditions: ImagingConditions, exits: Int, wavelengthA: Double, maximum: SIMD2<Int>) {
    self.conditions = conditions
    self.exits = exits
    self.wavelengthA = wavelengthA
    self.maximum = maximum
    var mistilts: [SIMD2<Double>] = []
    viewOfProbe = conditions.probes.map { probe in
      if let known = mistilts.firstIndex(of: probe.mistiltMrad) { return known }
      mistilts.append(probe.mistiltMrad)
      return mistilts.count - 1
    }
    mistiltsMrad = mistilts
    norms = Array(repeating: 0, count: mistilts.count)
    let size = ImageSpectrum(maximum: maximum).coefficients.count
    sums = .allocate(capacity: exits * conditions.detectors.count * conditions.probes.count * size)
    sums.initialize(repeating: .zero)
  }

  deinit { sums.deallocate() }

  /// Adds one mesh point's part of every image. One Gram product for each exit, detector and distinct mistilt; the
  /// exits are split over `threads`, and the result does not depend on their number.
  func add(_ scattering: ScatteringMatrices, beams: BeamSet, threads: Int) {
    for (v, view) in beams.views.enumerated() {
      norms[v] += view.incident.reduce(0) { $0 + $1.share }
    }
    let weights = zip(conditions.probes, viewOfProbe).map {
      PairWeights($0, beams: beams, view: beams.views[$1], wavelengthA: wavelengthA)
    }
    let workers = max(1, min(threads, exits))
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      var gram = GramMatrix(incident: beams.incident.count)
      var sum = SpectrumSum(beams: beams.incident)
      for exit in stride(from: worker, to: exits, by: workers) {
        for (v, view) in beams.views.enumerated() {
          for d in conditions.detectors.indices {
            gram.form(
              scattering: scattering.matrix(exit: exit), collected: scattering.collectedCount, view: view,
              detector: d)
            for p in weights.indices where viewOfProbe[p] == v {
              sum.add(
                weights[p], gram, to: spectrum(exit: exit, detector: d, probe: p), maximum: maximum)
            }
          }
        }
      }
    }
  }

  /// `[detector][exit][probe]`, as fractions of the beam.
  func spectra() -> [[[ImageSpectrum]]] {
    conditions.detectors.indices.map { d in
      (0..<exits).map { exit in
        conditions.probes.indices.map { p in
          let scale = 1 / norms[viewOfProbe[p]]
          return ImageSpectrum(
            maximum: maximum, coefficients: spectrum(exit: exit, detector: d, probe: p).map { $0 * scale })
        }
      }
    }
  }

  private func spectrum(exit: Int, detector: Int, probe: Int) -> UnsafeMutableBufferPointer<SIMD2<Double>> {
    let size = (2 * maximum.x + 1) * (2 * maximum.y + 1)
    let n = (exit * conditions.detectors.count + detector) * conditions.probes.count + probe
    return UnsafeMutableBufferPointer(rebasing: sums[n * size..<(n + 1) * size])
  }
}
