// SPDX-License-Identifier: GPL-3.0-or-later
import Inference

/// Weights to and from the tensors of a float model file (names and shapes in `TensorSpecification`).
extension NetworkState {
  /// The tensors of a `glazer-float-1` file.
  public var tensors: [String: Tensor] {
    var result: [String: Tensor] = [:]
    visit { name, count, place in
      let source = place.isStatistic ? statistics : parameters
      var values = [Float](repeating: 0, count: count)
      for i in 0..<count { values[place.fileIndex(i)] = source.base[place.start + i] }
      result[name] = Tensor(values, shape: place.fileShape)
    }
    return result
  }

  /// Takes the weights of a float model file; `file` names it in errors.
  public func load(_ tensors: [String: Tensor], file: String) throws(TrainingError) {
    var failure: TrainingError?
    visit { name, count, place in
      guard let tensor = tensors[name], let values = tensor.floats, tensor.shape == place.fileShape else {
        failure =
          failure
          ?? .badFile(
            file: file, expected: "tensor \(name) of float32 \(place.fileShape)",
            found: tensors[name].map { "\($0.shape)" } ?? "none")
        return
      }
      guard !name.hasSuffix(".variance") || values.allSatisfy({ $0 >= 0 }) else {
        failure =
          failure
          ?? .badFile(file: file, expected: "variances of 0 or more in \(name)", found: "\(values.min() ?? 0)")
        return
      }
      let target = place.isStatistic ? statistics : parameters
      for i in 0..<count { target.base[place.start + i] = values[place.fileIndex(i)] }
    }
    if let failure { throw failure }
  }

  private struct Place {
    var start: Int
    var isStatistic = false
    var fileShape: [Int]
    /// From the index in memory to that in the file.
    var fileIndex: (Int) -> Int = { $0 }
  }

  private func visit(_ body: (String, Int, Place) -> Void) {
    var convolutions = 0
    var dense = 0
    for layer in layout.layers {
      switch layer {
      case .averagePool: break
      case .convolution(let place):
        convolutions += 1
        let c = place.shape
        let taps = c.kernel * c.kernel
        body(
          "conv\(convolutions).weight", c.weightCount,
          Place(start: place.weight, fileShape: [c.outputs, c.inputs, c.kernel, c.kernel]) { i in
            let (o, input, tap) = (i % c.outputs, i / c.outputs % c.inputs, i / (c.outputs * c.inputs))
            return (o * c.inputs + input) * taps + tap
          })
        body("conv\(convolutions).bn.gamma", c.outputs, Place(start: place.gamma, fileShape: [c.outputs]))
        body("conv\(convolutions).bn.beta", c.outputs, Place(start: place.beta, fileShape: [c.outputs]))
        body(
          "conv\(convolutions).bn.mean", c.outputs, Place(start: place.mean, isStatistic: true, fileShape: [c.outputs]))
        body(
          "conv\(convolutions).bn.variance", c.outputs,
          Place(start: place.variance, isStatistic: true, fileShape: [c.outputs]))
      case .dense(let place):
        dense += 1
        let d = place.shape
        let (channels, area) = (place.flattened.channels, place.flattened.height * place.flattened.width)
        body(
          "dense\(dense).weight", d.inputs * d.outputs,
          Place(start: place.weight, fileShape: [d.outputs, d.inputs]) { i in
            let (o, input) = (i / d.inputs, i % d.inputs)
            return o * d.inputs + input % channels * area + input / channels
          })
        body("dense\(dense).bias", d.outputs, Place(start: place.bias, fileShape: [d.outputs]))
      }
    }
  }
}
