// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation

/// The standard normal distribution from equally likely numbers.
enum NormalQuantile {
  /// The quantiles at (n + ½)/count, scaled to a variance of exactly 1 (a single one is 0).
  static func stratified(count: Int) -> [Double] {
    let raw = (0..<count).map { quantile((Double($0) + 0.5) / Double(count)) }
    let variance = raw.reduce(0) { $0 + $1 * $1 } / Double(max(1, count))
    return variance > 0 ? raw.map { $0 / variance.squareRoot() } : raw
  }

  /// Inverse of the cumulative normal distribution for 0 < p < 1, to 1e-14: Newton's steps on erfc.
  static func quantile(_ p: Double) -> Double {
    precondition(p > 0 && p < 1, "quantiles are for 0 < p < 1")
    guard p <= 0.5 else { return -quantile(1 - p) }
    // Start from the tail's leading term; Newton on log Φ converges from there because log Φ is concave.
    var x = p > 0.02 ? 0 : -(-2 * log(p)).squareRoot()
    for _ in 0..<60 {
      let value = 0.5 * erfc(-x / Double(2).squareRoot())
      let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
      let step = log(value / p) * value / density
      x -= step
      if abs(step) < 1e-14 { break }
    }
    return x
  }
}
