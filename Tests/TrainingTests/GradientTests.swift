// SPDX-License-Identifier: GPL-3.0-or-later
import CTrainingKernels
import GlazerCore
import Inference
import Testing

@testable import Training

/// Backward passes against central differences of the forward passes in float32; the sums are taken in double.
@Suite struct GradientTests {
  /// A tiny network with every kind of layer, with padding and without.
  static let architecture = NetworkArchitecture(
    patch: PatchGeometry(width: 25, height: 33, pixelsPerA: 8, pixelsPerB: 8),
    layers: [
      .convolution(inputs: 1, outputs: 8, kernel: 5, stride: 2, padding: 0),
      .convolution(inputs: 8, outputs: 16, kernel: 3, stride: 1, padding: 1),
      .averagePool2,
      .convolution(inputs: 16, outputs: 24, kernel: 3, stride: 1, padding: 0),
      .convolution(inputs: 24, outputs: 8, kernel: 3, stride: 1, padding: 1),
      .averagePool2,
      .fullyConnected(inputs: 8 * 2 * 1, outputs: 16, tanh: true),
      .fullyConnected(inputs: 16, outputs: 6, tanh: false),
    ],
    degreesPerUnit: 10)

  static func randomMap(_ map: FeatureMap, _ random: inout SeededRandom) {
    for n in 0..<map.samples {
      for y in 0..<map.height {
        for x in 0..<map.width { for c in 0..<map.channels { map[n, y, x, c] = Float(random.gaussian()) } }
      }
    }
  }

  /// Σ over the interior of a·b, in double.
  static func dot(_ a: FeatureMap, _ b: FeatureMap) -> Double {
    var sum = 0.0
    for n in 0..<a.samples {
      for y in 0..<a.height {
        for x in 0..<a.width {
          for c in 0..<a.channels { sum += Double(a[n, y, x, c]) * Double(b[n, y, x, c]) }
        }
      }
    }
    return sum
  }

  static let convolutions = [
    Convolution(inputs: 1, outputs: 24, kernel: 5, stride: 2, padding: 2),
    Convolution(inputs: 1, outputs: 16, kernel: 5, stride: 2, padding: 0),
    Convolution(inputs: 3, outputs: 8, kernel: 3, stride: 1, padding: 1),
    Convolution(inputs: 16, outputs: 48, kernel: 3, stride: 1, padding: 1),
    Convolution(inputs: 8, outputs: 64, kernel: 3, stride: 1, padding: 0),
    Convolution(inputs: 16, outputs: 8, kernel: 5, stride: 1, padding: 1),
    Convolution(inputs: 8, outputs: 40, kernel: 1, stride: 1, padding: 0),
  ]

  @Test(arguments: convolutions) func directConvolutionIsIm2col(_ c: Convolution) {
    var random = SeededRandom(seed: 1)
    let x = FeatureMap(samples: 2, height: 10, width: 14, channels: c.inputs, border: c.padding)
    Self.randomMap(x, &random)
    let weights = (0..<c.weightCount).map { _ in Float(random.gaussian()) }
    func map() -> FeatureMap {
      FeatureMap(
        samples: 2, height: c.outputSize(10), width: c.outputSize(14), channels: c.outputs, border: 1)
    }
    let (fast, reference) = (map(), map())
    c.forward(x, weights: weights, into: fast, samples: 2)
    c.forwardByIm2col(x, weights: weights, into: reference, samples: 2)
    let scale = Self.dot(reference, reference).squareRoot()
    #expect(scale > 1)
    for i in 0..<fast.buffer.count {
      #expect(abs(fast.buffer.base[i] - reference.buffer.base[i]) < 2e-5 * Float(scale))
    }
  }

  /// A convolution is linear in its input and in its weights, so ⟨dy, w ∗ x⟩ = ⟨dx, x⟩ = ⟨dw, w⟩ exactly, and a change of
  /// one weight or pixel alone shows in one gradient alone.
  @Test(arguments: convolutions) func convolutionGradients(_ c: Convolution) {
    var random = SeededRandom(seed: 2)
    let x = FeatureMap(samples: 2, height: 10, width: 14, channels: c.inputs, border: c.padding)
    let y = FeatureMap(
      samples: 2, height: c.outputSize(10), width: c.outputSize(14), channels: c.outputs, border: 0)
    let dy = FeatureMap(samples: 2, height: y.height, width: y.width, channels: c.outputs, border: c.gradientBorder)
    Self.randomMap(x, &random)
    Self.randomMap(dy, &random)
    var weights = (0..<c.weightCount).map { _ in Float(random.gaussian()) }
    let gradient = FloatBuffer(count: c.weightCount)
    c.addWeightGradient(x, outputGradient: dy, to: gradient.base, samples: 2)
    func value() -> Double {
      c.forward(x, weights: weights, into: y, samples: 2)
      return Self.dot(y, dy)
    }
    let before = value()
    for _ in 0..<10 {
      let i = Int(random.next() % UInt64(c.weightCount))
      let old = weights[i]
      weights[i] = old + 1
      #expect(abs(value() - before - Double(gradient.base[i])) < 1e-3 * (1 + abs(Double(gradient.base[i]))))
      weights[i] = old
    }
    guard c.stride == 1 else { return }
    let dx = FeatureMap(samples: 2, height: 10, width: 14, channels: c.inputs, border: 0)
    // The convolution of the gradient has this one's inputs as outputs, which the kernels want in eights.
    guard c.inputs.isMultiple(of: 8) else { return }
    let turned = FloatBuffer(count: c.weightCount)
    c.inputGradient(dy, weights: weights, turned: turned.base, into: dx, samples: 2)
    for _ in 0..<10 {
      let (row, column, channel) = (
        Int(random.next() % 10), Int(random.next() % 14), Int(random.next() % UInt64(c.inputs))
      )
      x[1, row, column, channel] += 1
      #expect(abs(value() - before - Double(dx[1, row, column, channel])) < 1e-3 * (1 + before.magnitude.squareRoot()))
      x[1, row, column, channel] -= 1
    }
  }

  @Test func batchNormGradients() {
    var random = SeededRandom(seed: 3)
    let norm = BatchNorm(channels: 8)
    func map() -> FeatureMap { FeatureMap(samples: 3, height: 4, width: 5, channels: 8, border: 0) }
    let (x, y, dy, dx) = (map(), map(), map(), map())
    Self.randomMap(x, &random)
    Self.randomMap(dy, &random)
    var gamma = (0..<8).map { _ in Float(random.uniform(0.5, 1.5)) }
    var beta = (0..<8).map { _ in Float(random.uniform(-0.5, 0.5)) }
    var (dGamma, dBeta) = ([Float](repeating: 0, count: 8), [Float](repeating: 0, count: 8))
    func value() -> Double {
      norm.forward(x, gamma: gamma, beta: beta, into: y, samples: 3)
      return Self.dot(y, dy)
    }
    _ = value()
    norm.backward(
      x, outputGradient: dy, gamma: gamma, gammaGradient: &dGamma, betaGradient: &dBeta, into: dx, samples: 3)
    let h: Float = 1e-3
    func slope(_ change: (Float) -> Void) -> Double {
      change(h)
      let above = value()
      change(-2 * h)
      let below = value()
      change(h)
      return (above - below) / Double(2 * h)
    }
    // A ReLU that switches between the two sides of the difference spoils one slope now and then: most must agree.
    var close = 0
    for k in 0..<8 {
      close += abs(slope { gamma[k] += $0 } - Double(dGamma[k])) < 0.02 * max(1, abs(Double(dGamma[k]))) ? 1 : 0
      close += abs(slope { beta[k] += $0 } - Double(dBeta[k])) < 0.02 * max(1, abs(Double(dBeta[k]))) ? 1 : 0
    }
    for y in 0..<4 {
      for c in 0..<8 { close += abs(slope { x[1, y, 2, c] += $0 } - Double(dx[1, y, 2, c])) < 0.02 ? 1 : 0 }
    }
    #expect(close >= 44, "\(close) of 48 agree")
  }

  /// The whole network with the loss: directional derivatives along random directions in each tensor.
  @Test func networkGradients() throws {
    let state = try NetworkState(Self.architecture, seed: 4)
    let shard = ShardNetwork(Self.architecture, layout: state.layout, capacity: 6)
    var random = SeededRandom(seed: 5)
    let pixels = (0..<6 * 25 * 33).map { _ in Float(random.gaussian()) }
    let targets = (0..<18).map { _ in Float(random.uniform(-1, 1)) }
    pixels.withUnsafeBufferPointer { p in for n in 0..<6 { shard.setImage(n, p.baseAddress! + n * 825) } }
    func loss() -> Double {
      shard.forward(state, samples: 6, training: true)
      return TiltLoss.evaluate(
        outputs: shard.outputs, targets: targets, samples: 6, batch: 6, weighting: 0, gradient: shard.outputGradient)
    }
    _ = loss()
    let buffer = FloatBuffer(count: state.layout.parameterCount)
    shard.backward(state, into: buffer, samples: 6)
    let gradient = buffer.array
    var compared = 0
    for layer in state.layout.layers {
      let places: [(Int, Int)] =
        switch layer {
        case .convolution(let p):
          [(p.weight, p.shape.weightCount), (p.gamma, p.shape.outputs), (p.beta, p.shape.outputs)]
        case .averagePool: []
        case .dense(let p): [(p.weight, p.shape.inputs * p.shape.outputs), (p.bias, p.shape.outputs)]
        }
      for (start, count) in places {
        let direction = (0..<count).map { _ in Float(random.gaussian()) / Float(count).squareRoot() }
        let expected = (0..<count).reduce(0.0) { $0 + Double(gradient[start + $1]) * Double(direction[$1]) }
        func step(_ h: Float) { for i in 0..<count { state.parameters.base[start + i] += h * direction[i] } }
        let h: Float = 2e-3
        step(h)
        let above = loss()
        step(-2 * h)
        let below = loss()
        step(h)
        let found = (above - below) / Double(2 * h)
        #expect(abs(found - expected) < 0.02 * abs(expected) + 3e-3, "at \(start): \(found), expected \(expected)")
        compared += 1
      }
    }
    #expect(compared == 16)
  }

  @Test(arguments: ["sse2", "avx2", "avx512"]) func kernelsAgree(_ name: String) throws {
    guard let kernels = glazer_training_kernels_named(name)?.pointee else { return }
    var random = SeededRandom(seed: 6)
    for columns in [8, 16, 24, 32, 40, 48, 64, 72] {
      let (rows, inner, outer) = (7, 5, 3)
      let a = (0..<rows * inner * outer).map { _ in Float(random.gaussian()) }
      let b = (0..<inner * outer * columns).map { _ in Float(random.gaussian()) }
      var c = (0..<rows * columns).map { _ in Float(random.gaussian()) }
      var expected = c
      for r in 0..<rows {
        for k in 0..<inner * outer {
          for j in 0..<columns { expected[r * columns + j] += a[r * inner * outer + k] * b[k * columns + j] }
        }
      }
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          c.withUnsafeMutableBufferPointer { c in
            var product = glazer_product(
              a: a.baseAddress, a_row: inner * outer, a_outer: inner, a_inner: 1, b: b.baseAddress,
              b_outer: inner * columns, b_inner: columns, c: c.baseAddress, c_row: columns, rows: Int32(rows),
              columns: Int32(columns), outer: Int32(outer), inner: Int32(inner), accumulate: 1)
            kernels.product(&product)
          }
        }
      }
      for (found, wanted) in zip(c, expected) { #expect(abs(found - wanted) < 1e-4) }
    }
  }
}
