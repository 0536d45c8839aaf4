// SPDX-License-Identifier: GPL-3.0-or-later
import Inference

/// Post-training quantization as `IntegerArithmetic` defines the result.
public struct Quantizer {
  public let state: NetworkState
  private let folded: FoldedNetwork

  public init(_ state: NetworkState) {
    self.state = state
    folded = FoldedNetwork(state)
  }

  /// The integer tensors of a `glazer-int8-1` file. Steps of activations and weights are those of least square error over
  /// the calibration samples.
  public func tensors(calibration: SampleSet) -> [String: Tensor] {
    let steps = activationSteps(calibration)
    var result = ["input.scale": Tensor([steps[0]], shape: [1])]
    let integerLayers = folded.layers.dropLast()
    for (index, layer) in integerLayers.enumerated() {
      // The step of the input; pools pass theirs on.
      let inputStep = steps[index]
      let isDense = index == integerLayers.count - 1
      let outputStep = isDense ? 1 : steps[index + 1]
      let zeroPoint = index == 0 ? Int(IntegerArithmetic.inputZeroPoint) : 0
      let q = QuantizedLayer(layer, inputStep: inputStep, outputStep: outputStep, zeroPoint: zeroPoint)
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

  /// Steps of the input and of each convolution's output.
  private func activationSteps(_ set: SampleSet) -> [Float] {
    let shard = 32
    let network = ShardNetwork(state.architecture, layout: state.layout, capacity: shard)
    var input = ActivationHistogram()
    var outputs = [ActivationHistogram](repeating: ActivationHistogram(), count: network.convolutionCount)
    for isSecond in [false, true] {
      let pixels = UnsafeBufferPointer(set.pixels.values)
      if isSecond { input.count(pixels) } else { input.extend(pixels) }
      for start in stride(from: 0, to: set.count, by: shard) {
        let samples = min(shard, set.count - start)
        for n in 0..<samples { network.setImage(n, set.pixels.base + (start + n) * set.patch.count) }
        network.forward(state, samples: samples, training: false)
        for index in outputs.indices {
          network.forEachRow(ofConvolution: index, samples: samples) { row in
            if isSecond { outputs[index].count(row) } else { outputs[index].extend(row) }
          }
        }
      }
    }
    // The input is signed: 63 steps on the shorter side of the zero point.
    let inputLevels = IntegerArithmetic.largestActivation - Int(IntegerArithmetic.inputZeroPoint)
    return [input.bestStep(levels: inputLevels)]
      + outputs.map { $0.bestStep(levels: IntegerArithmetic.largestActivation) }
  }
}

/// One layer in integers.
struct QuantizedLayer {
  var weights: [Int8]
  var bias: [Int32]
  var scale: [Float]

  init(_ layer: FoldedNetwork.Layer, inputStep: Float, outputStep: Float, zeroPoint: Int) {
    weights = []
    bias = []
    scale = []
    for o in 0..<layer.outputs {
      let row = layer.weights[o * layer.fanIn..<(o + 1) * layer.fanIn]
      // The step also keeps the bias far inside int32, for channels whose weights are all but zero.
      let least = max(abs(layer.bias[o]) / (inputStep * 0x1p28), .leastNormalMagnitude * 0x1p40)
      let step = max(Self.bestStep(row), least)
      var sum = 0
      for weight in row {
        let q = Self.quantize(weight, step)
        sum += Int(q)
        weights.append(q)
      }
      bias.append(Int32((layer.bias[o] / (inputStep * step)).rounded()) - Int32(zeroPoint * sum))
      scale.append(inputStep * step / outputStep)
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
