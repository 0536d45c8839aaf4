// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import GlazerCore

/// The states of a sampled set, by number: each can be made by itself, so that a set is cut into shards at will.
public struct SampledStates: Sendable {
  public enum Selection: Sendable {
    case random(count: Int)
    case grid(stepDegrees: Double)
  }

  public let count: Int
  private let selection: Selection
  private let range: Double
  private let perAxis: Int
  private let thicknessNm: ClosedRange<Double>
  private let defocusA: ClosedRange<Double>
  private let sourceFWHMA: Double
  private let seed: UInt64

  /// Refuses what lies outside of what `source` was made for.
  public init(
    selection: Selection, range: Double, thicknessNm: ClosedRange<Double>, defocusA: ClosedRange<Double>,
    sourceFWHMA: Double, seed: UInt64, source: some CellImageSource
  ) throws(EmulatorError) {
    func check(_ what: String, _ asked: ClosedRange<Double>, _ known: ClosedRange<Double>) throws(EmulatorError) {
      guard known.lowerBound - 1e-9 <= asked.lowerBound, asked.upperBound <= known.upperBound + 1e-9 else {
        func text(_ range: ClosedRange<Double>) -> String {
          String(format: "%.4g to %.4g", range.lowerBound, range.upperBound)
        }
        throw .badDesign(what: what, expected: text(known), found: text(asked))
      }
    }
    guard range >= 0 else {
      throw .badDesign(what: "half-width of the tilt cube", expected: "0 or more", found: "\(range)")
    }
    try check("tilts, degrees", -range...range, source.tiltRangeDegrees)
    try check("thickness, nm", thicknessNm, source.thicknessRangeNm)
    try check("defocus, Å", defocusA, source.defocusRangeA)
    try check("source size, Å", sourceFWHMA...sourceFWHMA, 0...5)
    self.selection = selection
    self.range = range
    self.thicknessNm = thicknessNm
    self.defocusA = defocusA
    self.sourceFWHMA = sourceFWHMA
    self.seed = seed
    switch selection {
    case .random(let count):
      perAxis = 0
      self.count = count
    case .grid(let step):
      perAxis = Int((2 * range / step + 1e-9).rounded(.down)) + 1
      count = perAxis * perAxis * perAxis
    }
  }

  /// State `index`, 0 ..< count. O(1).
  public subscript(index: Int) -> ImagingState {
    var random = SeededRandom(seed: seed, stream: UInt64(index))
    let tilt: TiltAngles
    switch selection {
    case .random:
      tilt = TiltAngles(
        alpha: random.uniform(-range, range), beta: random.uniform(-range, range), gamma: random.uniform(-range, range))
    case .grid(let step):
      func angle(_ n: Int) -> Double { -range + step * Double(n) }
      tilt = TiltAngles(
        alpha: angle(index / (perAxis * perAxis)), beta: angle(index / perAxis % perAxis), gamma: angle(index % perAxis)
      )
    }
    return ImagingState(
      tilt: tilt, thicknessNm: random.uniform(thicknessNm.lowerBound, thicknessNm.upperBound),
      defocusA: random.uniform(defocusA.lowerBound, defocusA.upperBound), sourceFWHMA: sourceFWHMA)
  }
}
