// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference

/// What one frame says of one cell by itself, without what the network brought along: for q, the two parts of the split and the
/// strength of the column, the information (one over the variance) and the value times its information.
///
/// A network that was trained by likelihood answers with a posterior: mean m and variance v under the spread V of its training
/// about 0. The image alone has the information 1/v − 1/V, and the value that goes with it weighs m/v. Sums of these over
/// frames are exact for Gaussians, whatever V; averages of m would keep the lean of every frame (at 10⁴ e/Å² 3 % of q and
/// most of the split).
struct CellEvidence: Sendable, Equatable {
  /// Lanes: q, c, s, gain. 0 where the frame says nothing.
  var information = SIMD4<Float>.zero
  var pull = SIMD4<Float>.zero

  static let none = CellEvidence()

  /// `gain` and its deviation are those of the column's fit (1 is the mean cell).
  init(_ reading: TiltReading, spread: TargetSpread?, gain: Double = .nan, gainSigma: Double = .nan) {
    set(0, reading.q, reading.qSigma, spread?.q)
    set(1, reading.split.c, reading.cSigma, spread?.c)
    set(2, reading.split.s, reading.sSigma, spread?.s)
    set(3, gain, gainSigma, nil)
  }

  private init() {}

  var isNone: Bool { information == .zero }

  /// The same of an image whose deviations of q, c and s are larger by these factors.
  mutating func widen(by factors: SIMD3<Float>) {
    let squares = SIMD4(factors * factors, 1)
    information /= squares
    pull /= squares
  }

  private mutating func set(_ lane: Int, _ value: Double, _ sigma: Double, _ spread: Double?) {
    guard value.isFinite, sigma.isFinite, sigma > 0 else { return }
    let information = 1 / (sigma * sigma) - (spread.map { 1 / $0 } ?? 0)
    // An answer as wide as the training is the training's, not the image's.
    guard information > 0 else { return }
    self.information[lane] = Float(information)
    pull[lane] = Float(value / (sigma * sigma))
  }
}
