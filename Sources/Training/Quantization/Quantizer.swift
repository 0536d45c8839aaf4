// SPDX-License-Identifier: GPL-3.0-or-later
import Inference

/// Post-training quantization as `IntegerArithmetic` defines the result.
///
/// Every channel has a step of its own: what the next layer reads is a number of steps, so its weights take them in. One step for
/// all channels of a layer loses up to half as much again of the q of the brightest images.
public struct Quantizer {
  public let state: NetworkState
  private let folded: FoldedNetwork

  public init(_ state: NetworkState) {
    self.state = state
    folded = FoldedNetwork(state)
  }

  /// The integer tensors of a `glazer-int8-1` file. Steps of activations and weights are those of least square error over
  /// the calibration samples. Throws for weights, or activations of those samples, that are no finite numbers.
  public func tensors(calibration: SampleSet) throws(TrainingError) -> [String: Tensor] {
    for layer in folded.layers {
      guard layer.weights.allSatisfy(\.isFinite), layer.bias.allSatisfy(\.isFinite) else {
        throw .badWeights(layer: layer.name, expected: "finite numbers once batch norm is folded in")
      }
    }
    let steps = try activationSteps(calibration)
    var result = ["input.scale": Tensor(steps[0], shape: [1])]
    let integerLayers = folded.layers.dropLast()
    for (index, layer) in integerLayers.enumerated() {
      let isDense = index == integerLayers.count - 1
      let outputSteps = isDense ? [Float](repeating: 1, count: layer.outputs) : steps[index + 1]
      let zeroPoint = index == 0 ? Int(IntegerArithmetic.inputZeroPoint) : 0
      // Pools pass their steps on.
      let q = try QuantizedLayer(layer, inputSteps: steps[index], outputSteps: outputSteps, zeroPoint: zeroPoint)
      result["\(layer.name).weight"] = Tensor(q.weights, shape: layer.shape)
      result["\(layer.name).bias"] = Tensor(q.bias, shape: [layer.outputs])
      result["\(layer.name).scale"] = Tensor(q.scale, shape: [layer.outputs])
    }
    if let last = folded.layers.last {
      result["\(last.name).weight"] = Tensor(last.weights, shape: last.shape)
      result["\(last.name).bias"] = Tensor(last.bias, shape: [last.outputs])
    }
    return result
  }

  /// The last layer again, as it answers best to what the integer layers before it make of the calibration samples.
  public func lastLayer(
    _ calibration: SampleSet, after network: QuantizedNetwork
  ) throws(TrainingError) -> [String: Tensor] {
    guard let last = folded.layers.last else { return [:] }
    let outputs = calibration.outputs(of: state)
    guard outputs.allSatisfy(\.isFinite) else { throw .badWeights(layer: last.name, expected: "finite outputs") }
    let fitted = LastLayerFit.fit(
      hidden: calibration.hidden(of: network), outputs: outputs, weights: last.weights, bias: last.bias)
    return [
      "\(last.name).weight": Tensor(fitted.weights, shape: last.shape),
      "\(last.name).bias": Tensor(fitted.bias, shape: [last.outputs]),
    ]
  }

  /// The step of the input, then those of each convolution's channels.
  private func activationSteps(_ set: SampleSet) throws(TrainingError) -> [[Float]] {
    let shard = 32
    let network = ShardNetwork(state.architecture, layout: state.layout, capacity: shard)
    var input = ActivationHistogram()
    var outputs = folded.layers.prefix(network.convolutionCount).map { layer in
      [ActivationHistogram](repeating: ActivationHistogram(), count: layer.outputs)
    }
    for isSecond in [false, true] {
      for (layer, channels) in zip(folded.layers, outputs) where !channels.allSatisfy(\.largest.isFinite) {
        throw .badWeights(layer: layer.name, expected: "finite activations")
      }
      let pixels = UnsafeBufferPointer(set.pixels.values)
      if isSecond { input.count(pixels) } else { input.extend(pixels) }
      for start in stride(from: 0, to: set.count, by: shard) {
        let samples = min(shard, set.count - start)
        for n in 0..<samples { network.setImage(n, set.pixels.base + (start + n) * set.patch.count) }
        network.forward(state, samples: samples, training: false)
        for index in outputs.indices {
          let channels = outputs[index].count
          network.forEachRow(ofConvolution: index, samples: samples) { row in
            for channel in 0..<channels {
              let values = stride(from: channel, to: row.count, by: channels).lazy.map { row[$0] }
              if isSecond { outputs[index][channel].count(values) } else { outputs[index][channel].extend(values) }
            }
          }
        }
      }
    }
    // The input is signed: 63 steps on the shorter side of the zero point.
    let inputLevels = IntegerArithmetic.largestActivation - Int(IntegerArithmetic.inputZeroPoint)
    return [[input.bestStep(levels: inputLevels)]]
      + outputs.map { channels in
        let steps = channels.map { $0.largest > 0 ? $0.bestStep(levels: IntegerArithmetic.largestActivation) : 0 }
        // A channel that is always zero must not set the step of the weights that read it.
        let least = steps.filter { $0 > 0 }.min() ?? 1
        return steps.map { max($0, least) }
      }
  }
}

/// One layer in integers.
struct QuantizedLayer {
  var weights: [Int8]
  var bias: [Int32]
  var scale: [Float]

  /// `inputSteps` are those of the input's channels, in the order of the fan-in.
  init(
    _ layer: FoldedNetwork.Layer, inputSteps: [Float], outputSteps: [Float], zeroPoint: Int
  ) throws(TrainingError) {
    weights = []
    bias = []
    scale = []
    let run = layer.fanIn / inputSteps.count
    for o in 0..<layer.outputs {
      let row = (0..<layer.fanIn).map { layer.weights[o * layer.fanIn + $0] * inputSteps[$0 / run] }[...]
      guard row.allSatisfy(\.isFinite) else {
        throw .badWeights(layer: layer.name, expected: "finite products with its inputs")
      }
      // The step also keeps the bias far inside int32, for channels whose weights are all but zero.
      let least = max(abs(layer.bias[o]) / 0x1p28, .leastNormalMagnitude * 0x1p40)
      let step = max(Self.bestStep(row), least)
      var sum = 0
      for weight in row {
        let q = Self.quantize(weight, step)
        sum += Int(q)
        weights.append(q)
      }
      bias.append(Int32((layer.bias[o] / step).rounded()) - Int32(zeroPoint * sum))
      scale.append(step / outputSteps[o])
    }
  }

  private static func quantize(_ weight: Float, _ step: Float) -> Int8 {
    let limit = Float(IntegerArithmetic.largestWeight)
    return Int8(min(max((weight / step).rounded(.toNearestOrEven), -limit), limit))
  }

  /// The step of least square error, from the one that clips nothing down to 60 % of it.
  private static func bestStep(_ row: ArraySlice<Float>) -> Float {
    let largest = row.reduce(0) { max($0, abs($1)) }
    var best = (error: Float.infinity, step: Float(0))
    for percent in 60...100 {
      let step = largest * Float(percent) / Float(100 * IntegerArithmetic.largestWeight)
      guard step > 0 else { continue }
      let error = row.reduce(Float(0)) {
        let d = $1 - Float(quantize($1, step)) * step
        return $0 + d * d
      }
      if error < best.error { best = (error, step) }
    }
    return best.step
  }
}
