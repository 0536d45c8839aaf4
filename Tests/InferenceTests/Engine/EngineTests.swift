// SPDX-License-Identifier: GPL-3.0-or-later
import CGlazerKernels
import Foundation
import GlazerCore
import Inference
import TestSupport
import Testing

@Suite struct EngineTests {
  /// A network of one or two convolutions and the two dense layers over a patch of any size.
  static func architecture(
    width: Int, height: Int, channels: [Int], kernel: Int, stride: Int, pool: Bool, padded: Bool = true,
    hidden: Int = 9
  ) -> NetworkArchitecture {
    var layers: [NetworkArchitecture.Layer] = []
    var (inputs, w, h) = (1, width, height)
    for outputs in channels {
      let padding = padded || min(w, h) < kernel ? kernel / 2 : 0
      layers.append(
        .convolution(inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, padding: padding))
      (inputs, w, h) = (
        outputs, (w + 2 * padding - kernel) / stride + 1, (h + 2 * padding - kernel) / stride + 1
      )
      if pool, w > 1, h > 1 {
        layers.append(.averagePool2)
        (w, h) = (w / 2, h / 2)
      }
    }
    layers += [
      .fullyConnected(inputs: inputs * w * h, outputs: hidden, tanh: true),
      .fullyConnected(inputs: hidden, outputs: 6, tanh: false),
    ]
    return NetworkArchitecture(
      patch: PatchGeometry(width: width, height: height, pixelsPerA: 4, pixelsPerB: 6), layers: layers,
      degreesPerUnit: 10)
  }

  static func noise(_ count: Int, seed: UInt64, spread: Double = 1.3) -> [Float] {
    var random = SeededRandom(seed: seed)
    return (0..<count).map { _ in Float(spread * random.gaussian()) }
  }

  static func evaluate(_ model: ModelFile, _ kernels: KernelSet, _ patches: [Float], batch: Int = 16) throws -> [Float]
  {
    let network = try QuantizedNetwork(model, file: "m", kernels: kernels)
    let workspace = NetworkWorkspace(network, batchCapacity: batch)
    let count = patches.count / model.architecture.patch.count
    var outputs = [Float](repeating: .nan, count: count * NetworkArchitecture.outputCount)
    workspace.evaluate(patches: patches, count: count, into: &outputs)
    return outputs
  }

  @Test("what the last layer reads, for whoever fits it, gives the outputs") func hidden() throws {
    let model = RandomModel.int8()
    let network = try QuantizedNetwork(model, file: "m")
    let (count, size) = (19, network.hiddenCount)
    let patches = Self.noise(count * model.architecture.patch.count, seed: 3)
    var hidden = [Float](repeating: .nan, count: count * size)
    NetworkWorkspace(network).evaluateHidden(patches: patches, count: count, into: &hidden)
    let outputs = try Self.evaluate(model, .best, patches)
    let (weights, bias) = (
      try #require(model.tensors["dense2.weight"]?.floats), try #require(model.tensors["dense2.bias"]?.floats)
    )
    for n in 0..<count {
      for output in 0..<6 {
        let sum = (0..<size).reduce(bias[output]) { $0 + tanh(hidden[n * size + $1]) * weights[output * size + $1] }
        #expect(abs(outputs[6 * n + output] - sum) < 1e-4)
      }
    }
  }

  @Test(arguments: [
    (width: 7, height: 5, channels: [1], kernel: 3, stride: 1), (9, 11, [3, 5], 5, 2), (13, 8, [24, 24], 3, 1),
    (16, 24, [48, 7], 3, 1), (5, 3, [64, 64], 3, 2), (8, 12, [17, 33], 5, 1), (3, 2, [24, 48], 3, 1),
    (11, 9, [40, 56, 8], 3, 1), (31, 17, [4, 65], 1, 2), (4, 4, [80, 16], 3, 1),
  ])
  func everyKernelSetEqualsPlainLoops(
    shape: (width: Int, height: Int, channels: [Int], kernel: Int, stride: Int)
  ) throws {
    for (pool, padded) in [(false, true), (true, true), (false, false), (true, false)] {
      let architecture = Self.architecture(
        width: shape.width, height: shape.height, channels: shape.channels, kernel: shape.kernel,
        stride: shape.stride, pool: pool, padded: padded)
      let model = RandomModel.int8(architecture, seed: UInt64(shape.width))
      let patches = Self.noise(3 * architecture.patch.count, seed: 5)
      let plain = PlainNetwork(model: model)
      let expected = (0..<3).flatMap {
        plain.outputs(Array(patches[$0 * architecture.patch.count..<($0 + 1) * architecture.patch.count]))
      }
      let scalar = try Self.evaluate(model, .scalar, patches)
      // Only tanh differs, by the rounding of libm's.
      for (s, e) in zip(scalar, expected) { #expect(abs(s - e) <= 2e-6, "\(shape) pool \(pool)") }
      for kernels in KernelSet.available.dropFirst() {
        let got = try Self.evaluate(model, kernels, patches)
        #expect(got == scalar, "\(kernels) \(shape) pool \(pool)")
      }
    }
  }

  /// Largest and smallest activations and weights: where 16-bit pairs and the clamp are at their ends.
  @Test(arguments: [127, -127] as [Int8], [64, 0, -64] as [Float])
  func extremesAreExact(weight: Int8, input: Float) throws {
    let architecture = Self.architecture(width: 9, height: 6, channels: [24, 48], kernel: 3, stride: 1, pool: false)
    var model = RandomModel.int8(architecture)
    for (name, tensor) in model.tensors {
      if let values = tensor.int8s {
        // Alternating blocks, so that ReLU does not silence everything.
        let half = values.indices.map { $0 / 24 % 3 == 0 ? -weight : weight }
        model.tensors[name] = Tensor(half, shape: tensor.shape)
      }
    }
    model.tensors["input.scale"] = Tensor([1 as Float], shape: [1])
    model.tensors["conv1.scale"] = Tensor([Float](repeating: 0.01, count: 24), shape: [24])
    model.tensors["conv2.scale"] = Tensor([Float](repeating: 1e30, count: 48), shape: [48])
    let patches = [Float](repeating: input, count: architecture.patch.count)
    let scalar = try Self.evaluate(model, .scalar, patches)
    #expect(scalar.allSatisfy { $0.isFinite })
    let expected = PlainNetwork(model: model).outputs(patches)
    for (s, e) in zip(scalar, expected) { #expect(abs(s - e) <= 2e-6) }
    for kernels in KernelSet.available {
      let got = try Self.evaluate(model, kernels, patches)
      #expect(got == scalar, "\(kernels)")
    }
  }

  @Test func compactNetworkIsBitExact() throws {
    let model = RandomModel.int8()
    let patches = Self.noise(21 * PatchGeometry.standard.count, seed: 2)
    let scalar = try Self.evaluate(model, .scalar, patches)
    #expect(Set(scalar).count > 100)
    for kernels in KernelSet.available.dropFirst() {
      for batch in [1, 5, 16] {
        let got = try Self.evaluate(model, kernels, patches, batch: batch)
        #expect(got == scalar, "\(kernels), batch \(batch)")
      }
    }
  }

  /// The random model must not hide errors in silence or saturation.
  @Test func randomModelKeepsItsActivationsAlive() throws {
    let model = RandomModel.int8()
    let plain = PlainNetwork(model: model)
    let patch = Self.noise(PatchGeometry.standard.count, seed: 2)
    var activation = PlainNetwork.Activation(
      shape: ActivationShape(channels: 1, height: 75, width: 59),
      values: patch.map { Int(min(max(($0 / 0.05).rounded(.toNearestOrEven) + 64, 0), 127)) })
    activation = plain.convolve(activation, "conv1", stride: 2, padding: 0, outside: 64)
    activation = plain.convolve(activation, "conv2", stride: 1, padding: 0, outside: 0)
    let alive = activation.values.filter { $0 > 0 && $0 < 127 }.count
    #expect(alive > activation.values.count / 5)
  }

  @Test func oddInputsQuantizeAsDefined() {
    let values: [Float] = [
      0, 0.5, 1.5, -0.5, 2.5, -1.5, 63, 63.5, 1e30, -63.5, -64, -64.5, -1e30, .infinity, -.infinity, .nan,
    ]
    var bytes = [UInt8](repeating: 1, count: values.count)
    glazer_quantize_row(values, Int32(values.count), 1, &bytes)
    #expect(bytes == [64, 64, 66, 64, 66, 62, 127, 127, 127, 0, 0, 0, 0, 127, 0, 64])
  }

  @Test func tanhIsAccurate() {
    var worst = 0.0
    for k in -200_000...200_000 {
      let x = Float(k) * 1e-4
      let exact = tanh(Double(x))
      worst = max(worst, abs(Double(glazer_tanh(x)) - exact) / max(Double(Float(exact).ulp), 1e-45))
    }
    #expect(worst <= 0.51, "in units of the last place")
    #expect(glazer_tanh(0) == 0)
    #expect(glazer_tanh(1e-30) == 1e-30)
    #expect(glazer_tanh(.infinity) == 1)
    #expect(glazer_tanh(-1e9) == -1)
    #expect(glazer_tanh(.nan).isNaN)
  }

  @Test func weightsThatCouldOverflowAreRefused() throws {
    func refusal(_ change: (inout ModelFile) -> Void) -> ModelFileError? {
      var model = RandomModel.int8(
        Self.architecture(width: 4, height: 4, channels: [3], kernel: 3, stride: 1, pool: false))
      change(&model)
      do {
        _ = try QuantizedNetwork(model, file: "m")
        return nil
      } catch { return error }
    }
    #expect(refusal { _ in } == nil)
    let lowest = refusal {
      $0.tensors["conv1.weight"] = Tensor([Int8](repeating: -128, count: 27), shape: [3, 1, 3, 3])
    }
    #expect(lowest?.description == "m: tensor 'conv1.weight': expected -127...127, found -128")
    let bias = refusal { $0.tensors["conv1.bias"] = Tensor([0, Int32.min, 0], shape: [3]) }
    #expect(bias?.description.contains("sums below 2^31") == true)
    let scale = refusal { $0.tensors["conv1.scale"] = Tensor([1, 0, 1] as [Float], shape: [3]) }
    #expect(scale?.description.contains("positive scales") == true)
    let input = refusal { $0.tensors["input.scale"] = Tensor([-1] as [Float], shape: [1]) }
    #expect(input?.description.contains("a positive number") == true)
  }
}
