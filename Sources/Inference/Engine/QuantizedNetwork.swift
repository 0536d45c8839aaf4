// SPDX-License-Identifier: GPL-3.0-or-later
import CGlazerKernels

/// An int8 network packed for one kernel set: immutable, shared by any number of `NetworkWorkspace`s.
public final class QuantizedNetwork: Sendable {
  /// One layer of the trunk. It reads activation n and writes activation n + 1, where n is its place.
  enum Step: Sendable {
    case convolution(PackedLayer, stride: Int, padding: Int)
    case averagePool2

    var padding: Int { if case .convolution(_, _, let padding) = self { padding } else { 0 } }
  }

  public let architecture: NetworkArchitecture
  public let shapes: [NetworkArchitecture.LayerShape]
  public let kernels: KernelSet
  let inputScale: Float
  let steps: [Step]
  let dense: PackedLayer
  let denseScale: [Float]
  /// Values that the last layer reads.
  public var hiddenCount: Int { dense.outputs }
  /// dense2 as [input][output], outputs filled up to the kernel's lanes.
  let headWeights: [Float]
  let headBias: [Float]

  /// Packs the weights of an int8 model; throws what is wrong with them. O(weights). `file` names it in errors.
  public init(_ model: ModelFile, file: String, kernels: KernelSet = .best) throws(ModelFileError) {
    guard model.format == .int8 else {
      throw .badMetadata(
        file: file, key: ModelFile.Key.format, expected: ModelFile.Format.int8.rawValue, found: model.format.rawValue)
    }
    try model.check(file: file)
    let reader = LayerReader(model: model, file: file)
    architecture = model.architecture
    shapes = try model.architecture.layerShapes()
    self.kernels = kernels
    inputScale = try reader.inputScale()

    var steps: [Step] = []
    for (index, layer) in architecture.layers.dropLast(2).enumerated() {
      switch layer {
      case .convolution(let inputs, let outputs, let kernel, let stride, let padding):
        let number = steps.count { if case .convolution = $0 { true } else { false } } + 1
        let (weights, bias, scale) = try reader.integerLayer("conv\(number)", outputs: outputs)
        let packed = PackedLayer(
          convolution: weights, bias: bias, scale: scale, inputs: inputs, kernel: kernel, lanes: kernels.lanes)
        steps.append(.convolution(packed, stride: stride, padding: padding))
      case .averagePool2:
        steps.append(.averagePool2)
      case .fullyConnected:
        throw .badArchitecture(place: "layer \(index + 1)", expected: "a convolution or pool", found: "dense")
      }
    }
    self.steps = steps

    let hidden = shapes[shapes.count - 2].output.channels
    let (weights, bias, scale) = try reader.integerLayer("dense1", outputs: hidden)
    dense = PackedLayer(
      dense: weights, bias: bias, scale: scale, input: shapes[shapes.count - 2].input, lanes: kernels.lanes)
    denseScale = scale
    let last = try reader.floats("dense2.weight")
    headWeights = (0..<hidden).flatMap { input in
      (0..<Int(GLAZER_HEAD_LANES)).map { $0 < NetworkArchitecture.outputCount ? last[$0 * hidden + input] : 0 }
    }
    headBias = try reader.floats("dense2.bias")
  }

  /// Multiply-accumulates for one patch.
  public var macs: Int { shapes.reduce(0) { $0 + $1.macs } }
}

/// Takes tensors out of a checked model.
private struct LayerReader {
  var model: ModelFile
  var file: String

  func floats(_ name: String) throws(ModelFileError) -> [Float] {
    guard let values = model.tensors[name]?.floats else { throw missing(name) }
    return values
  }

  func inputScale() throws(ModelFileError) -> Float {
    let scale = try floats("input.scale")[0]
    guard scale > 0 else {
      throw .badTensor(file: file, tensor: "input.scale", expected: "a positive number", found: "\(scale)")
    }
    return scale
  }

  func integerLayer(_ name: String, outputs: Int) throws(ModelFileError) -> ([Int8], [Int32], [Float]) {
    guard let weights = model.tensors["\(name).weight"]?.int8s, let bias = model.tensors["\(name).bias"]?.int32s else {
      throw missing(name)
    }
    let scale = try floats("\(name).scale")
    let objection = IntegerArithmetic.objection(
      layer: name, weights: weights, bias: bias, scale: scale, fanIn: weights.count / outputs)
    if let (tensor, expected, found) = objection {
      throw .badTensor(file: file, tensor: tensor, expected: expected, found: found)
    }
    return (weights, bias, scale)
  }

  private func missing(_ name: String) -> ModelFileError {
    .badTensor(file: file, tensor: name, expected: "a tensor", found: "nothing")
  }
}
