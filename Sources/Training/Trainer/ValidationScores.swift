// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference

/// Root mean square errors, degrees, on samples with ρ ≥ 4°, the sign of (p, r) left open.
public struct ValidationScores: Sendable, Equatable {
  public static let minimumRho = 4.0

  public var q = 0.0
  public var p = 0.0
  public var r = 0.0
  /// Mean negative log-likelihood of all samples, units of the network.
  public var loss = 0.0

  /// From raw outputs, six a sample.
  public init(outputs: [Float], truths: [SampleTruth], degreesPerUnit: Double) {
    var targets = [Float](repeating: 0, count: truths.count * TiltLoss.targetCount)
    var (sumQ, sumP, sumR, count) = (0.0, 0.0, 0.0, 0)
    for (n, truth) in truths.enumerated() {
      targets.setTargets(n, truth, degreesPerUnit: degreesPerUnit)
      guard truth.tilt.rho >= Self.minimumRho else { continue }
      let reading = Array(outputs[n * 6..<(n + 1) * 6]).withUnsafeBufferPointer {
        TiltReading(outputs: $0, degreesPerUnit: degreesPerUnit, sigmaScale: .one)
      }
      func square(_ x: Double) -> Double { x * x }
      sumQ += square(reading.q - truth.tilt.q)
      sumP += square(reading.angles.p - abs(truth.tilt.p))
      sumR += square(abs(reading.angles.r) - abs(truth.tilt.r))
      count += 1
    }
    if count > 0 {
      q = (sumQ / Double(count)).squareRoot()
      p = (sumP / Double(count)).squareRoot()
      r = (sumR / Double(count)).squareRoot()
    }
    var gradient = [Float](repeating: 0, count: outputs.count)
    loss = TiltLoss.evaluate(
      outputs: outputs, targets: targets, samples: truths.count, batch: truths.count, weighting: 0,
      gradient: &gradient)
  }
}
