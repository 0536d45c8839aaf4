// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Testing

@testable import Training

@Suite("The last layer after quantization")
struct LastLayerTests {
  private static let (samples, inputs) = (300, 12)

  /// Hidden values of a float network, its outputs, and its last layer. Stated deviations differ tenfold.
  private static func network() -> (hidden: [Float], outputs: [Float], weights: [Float], bias: [Float]) {
    var random = SeededRandom(seed: 3)
    let hidden = (0..<samples * inputs).map { _ in Float(random.uniform(-1, 1)) }
    let weights = (0..<6 * inputs).map { Float(($0 < 3 * inputs ? 1 : 0.3) * random.gaussian()) }
    let bias: [Float] = [0.1, -0.2, 0.3, -2, -2, -2]
    return (hidden, apply(weights, bias, hidden), weights, bias)
  }

  private static func apply(_ weights: [Float], _ bias: [Float], _ hidden: [Float]) -> [Float] {
    (0..<samples).flatMap { n in
      (0..<6).map { output in
        (0..<inputs).reduce(bias[output]) { $0 + weights[output * inputs + $1] * hidden[n * inputs + $1] }
      }
    }
  }

  @Test("where nothing was rounded nothing changes")
  func unchanged() {
    let (hidden, outputs, weights, bias) = Self.network()
    let fitted = LastLayerFit.fit(hidden: hidden, outputs: outputs, weights: weights, bias: bias)
    #expect(zip(fitted.weights + fitted.bias, weights + bias).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  @Test("a shift and a stretch of the hidden values, and some noise: errors fall, most where little is stated")
  func rounded() {
    let (hidden, outputs, weights, bias) = Self.network()
    var random = SeededRandom(seed: 4)
    let rounded = hidden.enumerated().map { n, value in
      value * (1 + 0.02 * Float(n % Self.inputs % 5)) + 0.05 + Float(0.003 * random.gaussian())
    }
    let fitted = LastLayerFit.fit(hidden: rounded, outputs: outputs, weights: weights, bias: bias)
    let before = Self.apply(weights, bias, rounded)
    let after = Self.apply(fitted.weights, fitted.bias, rounded)
    func square(_ found: [Float], _ output: Int, whereStatedBelow limit: Float) -> Float {
      (0..<Self.samples).reduce(0) { sum, n in
        guard output > 2 || outputs[6 * n + output + 3] < limit else { return sum }
        let error = found[6 * n + output] - outputs[6 * n + output]
        return sum + error * error
      }
    }
    for output in 0..<6 {
      #expect(
        square(after, output, whereStatedBelow: -2) < 0.2 * square(before, output, whereStatedBelow: -2), "\(output)")
    }
  }
}
