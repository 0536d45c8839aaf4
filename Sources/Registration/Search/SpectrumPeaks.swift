// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// A peak of the power spectrum: `frequency` in cycles per pixel (x ≥ 0 half plane), power in the spectrum's units.
struct SpectrumPeak {
  var frequency: Vector2
  var power: Double
}

extension PatchSpectrum {
  /// The strongest peaks that stand out of the background of their own spatial frequency, strongest first.
  func peaks(limit: Int, minimumFrequency: Double) -> [SpectrumPeak] {
    let background = radialBackground()
    // Averaged exponential noise: the largest of 10⁵ values lies near 12 means for one patch and sinks with averaging. In
    // a small patch there are fewer independent values, and wide peaks raise what passes for background between them.
    let smallness = min(1, Double(patchSide) / Double(Self.size))
    let threshold = Float(3 + 13 * smallness / Double(patchCount).squareRoot())
    let lowest = max(minimumFrequency, 2.5 / Double(patchSide)) * Double(Self.size)
    let highest = 0.48 * Double(Self.size)
    let half = Self.size / 2
    var found: [SpectrumPeak] = []
    for l in 0..<(half - 2) {
      for k in (-half + 3)..<(half - 2) where l > 0 || k > 0 {
        let value = self.value(k, l)
        let radius = Double(k * k + l * l).squareRoot()
        guard radius >= lowest, radius <= highest, value > threshold * background[Int(radius)] else { continue }
        guard isLocalMaximum(k, l, value) else { continue }
        let dx = Self.vertex(self.value(k, l - 1), value, self.value(k, l + 1))
        let dy = Self.vertex(self.value(k - 1, l), value, self.value(k + 1, l))
        let frequency = Vector2((Double(l) + dx) / Double(Self.size), (Double(k) + dy) / Double(Self.size))
        found.append(SpectrumPeak(frequency: frequency, power: Double(value)))
      }
    }
    found.sort { $0.power > $1.power }
    return Array(found.prefix(limit))
  }

  private func isLocalMaximum(_ k: Int, _ l: Int, _ value: Float) -> Bool {
    for dk in -2...2 {
      for dl in -2...2 where (dk != 0 || dl != 0) && self.value(k + dk, l + dl) > value { return false }
    }
    return true
  }

  /// Mean noise power by radius in points. The mean of the logarithm hardly feels a few strong peaks; for exponentially
  /// distributed power it lies Euler's constant below the logarithm of the mean.
  private func radialBackground() -> [Float] {
    let half = Self.size / 2
    // Rings four points wide hold hundreds of values even at the smallest radius of interest.
    let ring = 4
    var sums = [Double](repeating: 0, count: half * 2 / ring)
    var counts = [Double](repeating: 0, count: sums.count)
    for k in -half..<half {
      for l in 0..<half {
        let radius = Int(Double(k * k + l * l).squareRoot())
        // Every other point is plenty.
        guard (k + l).isMultiple(of: 2), radius < half else { continue }
        sums[radius / ring] += Double(log(value(k, l) + 1e-30))
        counts[radius / ring] += 1
      }
    }
    let shift = 0.5772 / Double(max(patchCount, 1))
    return (0..<half).map { Float(exp(sums[$0 / ring] / max(counts[$0 / ring], 1) + shift)) }
  }

  /// Position of the top of a Gaussian through three points one apart, −½ … ½ from the middle one.
  private static func vertex(_ left: Float, _ middle: Float, _ right: Float) -> Double {
    let (l, m, r) = (log(Double(left) + 1e-30), log(Double(middle) + 1e-30), log(Double(right) + 1e-30))
    let curvature = l - 2 * m + r
    guard curvature < 0 else { return 0 }
    return min(0.5, max(-0.5, 0.5 * (l - r) / curvature))
  }
}
