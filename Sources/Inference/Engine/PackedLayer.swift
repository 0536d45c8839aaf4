// SPDX-License-Identifier: GPL-3.0-or-later
import CGlazerKernels

/// The weights of one integer layer in the order in which a kernel set reads them. Immutable.
final class PackedLayer: @unchecked Sendable {
  let outputs: Int
  private let weights: AlignedMemory<Int8>
  private let bias: AlignedMemory<Int32>
  private let scale: AlignedMemory<Float>
  /// What the kernels take; its pointers live as long as this object.
  let view: glazer_packed_layer

  /// `weights` as [output][row][run], inputs of a run in the order in which activations lie.
  init(weights: [Int8], bias: [Int32], scale: [Float], rows: Int, run: Int, lanes: Int) {
    let outputs = bias.count
    precondition(weights.count == outputs * rows * run && scale.count == outputs)
    let padded = outputs.roundedUp(toMultipleOf: lanes)
    self.outputs = outputs
    self.weights = AlignedMemory(
      count: glazer_packed_bytes(Int32(outputs), Int32(rows), Int32(run), Int32(lanes)))
    self.bias = AlignedMemory(bias, count: padded)
    self.scale = AlignedMemory(scale, count: padded)
    glazer_pack_weights(weights, Int32(outputs), Int32(rows), Int32(run), Int32(lanes), self.weights.base)
    view = glazer_packed_layer(
      weights: self.weights.base, bias: self.bias.base, scale: self.scale.base, outputs: Int32(outputs),
      rows: Int32(rows), groups: Int32((run + 3) / 4))
  }

  /// A convolution's weights [out][in][ky][kx] to [out][ky][kx][in], then packed.
  convenience init(
    convolution weights: [Int8], bias: [Int32], scale: [Float], inputs: Int, kernel: Int, lanes: Int
  ) {
    var ordered = [Int8](repeating: 0, count: weights.count)
    let area = kernel * kernel
    for output in 0..<bias.count {
      for input in 0..<inputs {
        for k in 0..<area {
          ordered[(output * area + k) * inputs + input] = weights[(output * inputs + input) * area + k]
        }
      }
    }
    self.init(weights: ordered, bias: bias, scale: scale, rows: kernel, run: kernel * inputs, lanes: lanes)
  }

  /// A dense layer's weights [out][channel][y][x] to [out][y][x][channel], then packed.
  convenience init(dense weights: [Int8], bias: [Int32], scale: [Float], input: ActivationShape, lanes: Int) {
    var ordered = [Int8](repeating: 0, count: weights.count)
    let pixels = input.height * input.width
    for output in 0..<bias.count {
      for channel in 0..<input.channels {
        for pixel in 0..<pixels {
          ordered[(output * pixels + pixel) * input.channels + channel] =
            weights[(output * input.channels + channel) * pixels + pixel]
        }
      }
    }
    self.init(weights: ordered, bias: bias, scale: scale, rows: 1, run: input.count, lanes: lanes)
  }
}
