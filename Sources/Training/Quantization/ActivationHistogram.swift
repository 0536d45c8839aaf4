// SPDX-License-Identifier: GPL-3.0-or-later

/// How often which magnitude occurs in an activation, and the clipping that loses least.
struct ActivationHistogram {
  private static let binCount = 2048
  private(set) var largest: Float = 0
  private var counts = [Double](repeating: 0, count: Self.binCount)

  /// First pass: the range. Infinite when a value is, or is no number.
  mutating func extend(_ values: some Sequence<Float>) {
    for value in values { largest = value.isFinite ? max(largest, abs(value)) : .infinity }
  }

  /// Second pass: the counts.
  mutating func count(_ values: some Sequence<Float>) {
    let scale = Float(Self.binCount) / largest
    // Nothing is there, or next to nothing.
    guard scale.isFinite else { return }
    for value in values { counts[min(Int(abs(value) * scale), Self.binCount - 1)] += 1 }
  }

  /// The step s for which values rounded to multiples of s and clipped at `levels` · s have the least square error.
  func bestStep(levels: Int) -> Float {
    guard largest > 0 else { return 1 }
    let width = Double(largest) / Double(Self.binCount)
    var best = (error: Double.infinity, step: 1.0)
    let candidates = 100
    for candidate in 20...candidates {
      let step = Double(largest) * Double(candidate) / Double(candidates * levels)
      var error = 0.0
      for (bin, count) in counts.enumerated() where count > 0 {
        let x = (Double(bin) + 0.5) * width
        let rounded = min((x / step).rounded(), Double(levels)) * step
        // Within a bin the rounding error is uniform where steps are finer than bins.
        error += count * ((x - rounded) * (x - rounded) + (step < width ? step * step / 12 : 0))
      }
      if error < best.error { best = (error, step) }
    }
    return Float(best.step)
  }
}
