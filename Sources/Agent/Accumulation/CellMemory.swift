// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference

/// What is remembered of one column: sums over the frames that showed it, older ones weighing less.
struct CellMemory: Sendable {
  var i: Int32 = 0
  var j: Int32 = 0
  /// When it was last seen, in frames of the accumulator's clock; nil (negative) for an empty place.
  var seen: Int64 = -1
  /// Σ w I, Σ w² I and Σ w x I over frames, w = e^(−age/τ). Lanes as in `CellEvidence`.
  private(set) var information = SIMD4<Float>.zero
  private(set) var squares = SIMD4<Float>.zero
  private(set) var pull = SIMD4<Float>.zero
  /// Σ w and Σ w².
  private(set) var weight: Float = 0
  private(set) var weightSquares: Float = 0
  /// Exponentially weighted sum of the last surprises of q, c, s, each in units of its deviation: a control chart.
  private(set) var chart = SIMD3<Float>.zero

  /// How much of the chart is left after one frame: a small lasting change shows after a few frames, a large one at once.
  static let chartMemory: Float = 0.7
  /// Of a χ² with three degrees of freedom, which would pass 35 by chance in one of 10⁷ cases; the tails of readings at low doses
  /// are wider than a Gaussian's.
  static let chartLimit: Float = 50
  /// With less weight than this what is remembered is given up: unseen for three time constants where it was seen once, for six where it was
  /// long in sight (τ frames' weight).
  static let leastWeight: Float = 0.05

  var isEmpty: Bool { seen < 0 || weight < Self.leastWeight }

  /// (Σw)²/Σw²: n for n equal weights, 2τ in the long run.
  var effectiveFrames: Float { weightSquares > 0 ? weight * weight / weightSquares : 0 }

  /// Mean and variance of the evidence alone; information 0 gives an infinite variance.
  var mean: SIMD4<Float> { (pull / information).replacing(with: Float(0), where: information .<= 0) }
  var variance: SIMD4<Float> {
    (squares / (information * information)).replacing(with: Float.infinity, where: information .<= 0)
  }

  /// Lets time pass that leaves `decay` of every weight.
  mutating func age(decay: Float) {
    information *= decay
    pull *= decay
    weight *= decay
    squares *= decay * decay
    weightSquares *= decay * decay
  }

  mutating func add(_ evidence: CellEvidence) {
    information += evidence.information
    squares += evidence.information
    pull += evidence.pull
    weight += 1
    weightSquares += 1
  }

  /// Enters the surprise of `evidence` in the chart; true when it no longer fits what is remembered.
  mutating func isContradicted(by evidence: CellEvidence) -> Bool {
    // The evidence's pull has the mean I μ and the variance I + I² σ², which stays finite however little the frame says.
    let known = evidence.information .> 0 .& information .> 0
    let (mean, variance) = (self.mean, self.variance)
    var surprise = SIMD4<Float>.zero
    let spread = evidence.information + evidence.information * evidence.information * variance
    surprise.replace(
      with: (evidence.pull - evidence.information * mean) / spread.squareRoot(), where: known)
    chart = Self.chartMemory * chart + SIMD3(surprise.x, surprise.y, surprise.z)
    let power = (chart * chart).sum() * (1 - Self.chartMemory * Self.chartMemory)
    return power > Self.chartLimit
  }

  init() {}
  init(i: Int32, j: Int32, seen: Int64) { (self.i, self.j, self.seen) = (i, j, seen) }

  /// What all frames together say by themselves, without the spread of the training; NaN where they say nothing.
  var reading: TiltReading {
    func lane(_ k: Int) -> (value: Double, sigma: Double) {
      guard information[k] > 0 else { return (.nan, .nan) }
      return (Double(pull[k] / information[k]), Double(squares[k].squareRoot() / information[k]))
    }
    let (q, c, s) = (lane(0), lane(1), lane(2))
    return TiltReading(
      q: q.value, split: HeadlessSplit(c: c.value, s: s.value), qSigma: q.sigma, cSigma: c.sigma, sSigma: s.sigma)
  }
}
