// SPDX-License-Identifier: GPL-3.0-or-later
import Inference

/// A float network with batch norm folded into the convolutions: what is quantized.
struct FoldedNetwork {
  /// Weights [output][fan-in], fan-in in the order of model files, and one bias an output.
  struct Layer {
    var name: String
    var shape: [Int]
    var weights: [Float]
    var bias: [Float]

    var outputs: Int { bias.count }
    var fanIn: Int { weights.count / bias.count }
  }

  /// The convolutions, then the fully connected layers.
  var layers: [Layer]

  init(_ state: NetworkState) {
    let tensors = state.tensors
    func values(_ name: String) -> [Float] { tensors[name]?.floats ?? [] }
    layers = []
    var (convolutions, dense) = (0, 0)
    for layer in state.layout.layers {
      switch layer {
      case .averagePool: break
      case .convolution(let place):
        convolutions += 1
        let name = "conv\(convolutions)"
        let (gamma, beta) = (values("\(name).bn.gamma"), values("\(name).bn.beta"))
        let (mean, variance) = (values("\(name).bn.mean"), values("\(name).bn.variance"))
        var weights = values("\(name).weight")
        var bias = beta
        let fanIn = weights.count / bias.count
        for o in bias.indices {
          let scale = gamma[o] / (variance[o] + BatchNorm.epsilon).squareRoot()
          bias[o] -= mean[o] * scale
          for k in o * fanIn..<(o + 1) * fanIn { weights[k] *= scale }
        }
        let c = place.shape
        layers.append(
          Layer(name: name, shape: [c.outputs, c.inputs, c.kernel, c.kernel], weights: weights, bias: bias))
      case .dense(let place):
        dense += 1
        let name = "dense\(dense)"
        layers.append(
          Layer(
            name: name, shape: [place.shape.outputs, place.shape.inputs], weights: values("\(name).weight"),
            bias: values("\(name).bias")))
      }
    }
  }
}
