// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Inference

/// `IntegerArithmetic` written down once more as plain loops over the tensors of the file: [channel][y][x], no packing,
/// no borders. What the kernels are held against.
struct PlainNetwork {
  var model: ModelFile

  struct Activation: Equatable {
    var shape: ActivationShape
    var values: [Int]
    subscript(c: Int, y: Int, x: Int) -> Int { values[(c * shape.height + y) * shape.width + x] }
  }

  func outputs(_ patch: [Float]) -> [Float] {
    let patchShape = model.architecture.patch
    let inputScale = model.tensors["input.scale"]!.floats![0]
    var activation = Activation(
      shape: ActivationShape(channels: 1, height: patchShape.height, width: patchShape.width),
      values: patch.map { Int(min(max(($0 / inputScale).rounded(.toNearestOrEven) + 64, 0), 127)) })
    var convolutions = 0
    for layer in model.architecture.layers.dropLast(2) {
      if case .convolution(_, _, _, let stride, let padding) = layer {
        convolutions += 1
        activation = convolve(
          activation, "conv\(convolutions)", stride: stride, padding: padding, outside: convolutions == 1 ? 64 : 0)
      } else {
        activation = pool(activation)
      }
    }
    let weights = model.tensors["dense1.weight"]!.int8s!
    let (bias, scale) = (model.tensors["dense1.bias"]!.int32s!, model.tensors["dense1.scale"]!.floats!)
    let hidden = bias.indices.map { o -> Float in
      let sum = activation.values.indices.reduce(Int(bias[o])) {
        $0 + activation.values[$1] * Int(weights[o * activation.values.count + $1])
      }
      return Float(tanh(Double(Float(sum) * scale[o])))
    }
    let last = model.tensors["dense2.weight"]!.floats!
    return model.tensors["dense2.bias"]!.floats!.enumerated().map { o, bias in
      hidden.indices.reduce(bias) { $0 + last[o * hidden.count + $1] * hidden[$1] }
    }
  }

  func convolve(_ input: Activation, _ name: String, stride: Int, padding: Int, outside: Int) -> Activation {
    let tensor = model.tensors["\(name).weight"]!
    let weights = tensor.int8s!
    let (bias, scale) = (model.tensors["\(name).bias"]!.int32s!, model.tensors["\(name).scale"]!.floats!)
    let (outputs, inputs, kernel) = (tensor.shape[0], tensor.shape[1], tensor.shape[2])
    let shape = ActivationShape(
      channels: outputs, height: (input.shape.height + 2 * padding - kernel) / stride + 1,
      width: (input.shape.width + 2 * padding - kernel) / stride + 1)
    var values: [Int] = []
    for o in 0..<outputs {
      for y in 0..<shape.height {
        for x in 0..<shape.width {
          var sum = Int(bias[o])
          for i in 0..<inputs {
            for ky in 0..<kernel {
              for kx in 0..<kernel {
                let (sy, sx) = (y * stride + ky - padding, x * stride + kx - padding)
                let inside = (0..<input.shape.height).contains(sy) && (0..<input.shape.width).contains(sx)
                let u = inside ? input[i, sy, sx] : outside
                sum += u * Int(weights[((o * inputs + i) * kernel + ky) * kernel + kx])
              }
            }
          }
          values.append(Int(min(max((Float(sum) * scale[o]).rounded(.toNearestOrEven), 0), 127)))
        }
      }
    }
    return Activation(shape: shape, values: values)
  }

  func pool(_ input: Activation) -> Activation {
    let shape = ActivationShape(
      channels: input.shape.channels, height: input.shape.height / 2, width: input.shape.width / 2)
    var values: [Int] = []
    for c in 0..<shape.channels {
      for y in 0..<shape.height {
        for x in 0..<shape.width {
          let sum =
            input[c, 2 * y, 2 * x] + input[c, 2 * y, 2 * x + 1] + input[c, 2 * y + 1, 2 * x]
            + input[c, 2 * y + 1, 2 * x + 1]
          values.append((sum + 2) >> 2)
        }
      }
    }
    return Activation(shape: shape, values: values)
  }
}
