// SPDX-License-Identifier: GPL-3.0-or-later
import GlazerCore
import Inference

#if canImport(Glibc)
  import Glibc
#endif

extension [Float] {
  /// Raw outputs, six a sample, as readings in degrees.
  func readings(degreesPerUnit: Double, sigmaScale: SigmaScale) -> [TiltReading] {
    let size = NetworkArchitecture.outputCount
    return withUnsafeBufferPointer { outputs in
      (0..<outputs.count / size).map {
        TiltReading(
          outputs: UnsafeBufferPointer(rebasing: outputs[$0 * size..<($0 + 1) * size]), degreesPerUnit: degreesPerUnit,
          sigmaScale: sigmaScale)
      }
    }
  }
}

extension SampleSet {
  /// Raw outputs of a float network, six a sample.
  public func outputs(of state: NetworkState) -> [Float] {
    var outputs: [Float] = []
    outputs.reserveCapacity(count * NetworkArchitecture.outputCount)
    FloatPredictor(state).predict(state, pixels.base, count: count, into: &outputs)
    return outputs
  }

  /// Raw outputs of an int8 network, six a sample, by the engine.
  public func outputs(of network: QuantizedNetwork) -> [Float] {
    var outputs = [Float](repeating: 0, count: count * NetworkArchitecture.outputCount)
    outputs.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      NetworkWorkspace(network).evaluate(patches: pixels.base, count: count, into: base)
    }
    return outputs
  }

  /// What the last layer of an int8 network reads, `[sample][network.hiddenCount]`.
  public func hidden(of network: QuantizedNetwork) -> [Float] {
    var hidden = [Float](repeating: 0, count: count * network.hiddenCount)
    hidden.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      NetworkWorkspace(network).evaluateHidden(patches: pixels.base, count: count, into: base)
    }
    return hidden.map { tanh($0) }
  }

  /// What somebody says who has not looked: the mean q, |p| and |r| of the set, with their spread as standard deviation.
  public func constantOutputs(degreesPerUnit: Double) -> [Float] {
    func mean(_ value: (TiltAngles) -> Double) -> Double {
      truths.reduce(0) { $0 + value($1.tilt) } / Double(max(count, 1))
    }
    func logSpread(_ value: (TiltAngles) -> Double, around centre: Double) -> Float {
      let squares = truths.reduce(0) { $0 + (value($1.tilt) - centre) * (value($1.tilt) - centre) }
      let variance = squares / Double(max(count, 1))
      return Float(log(max(variance.squareRoot() / degreesPerUnit, 1e-6)))
    }
    let q = mean(\.q)
    let split = HeadlessSplit(TiltAngles(p: mean { abs($0.p) }, q: 0, r: mean { abs($0.r) }))
    let row = [
      Float(q / degreesPerUnit), Float(split.c / degreesPerUnit), Float(split.s / degreesPerUnit),
      logSpread(\.q, around: q), logSpread({ HeadlessSplit($0).c }, around: split.c),
      logSpread({ HeadlessSplit($0).s }, around: split.s),
    ]
    return (0..<count).flatMap { _ in row }
  }
}
