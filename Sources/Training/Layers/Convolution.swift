// SPDX-License-Identifier: GPL-3.0-or-later
import CTrainingKernels

/// A convolution without bias (batch norm follows), zero-padded by `padding`, at most (kernel − 1)/2 but in gradients.
///
/// Weights are [ky][kx][input][output], so that output channels are contiguous and a product over (kx, input) runs along
/// contiguous activations. Cost: outputs · inputs · kernel² · pixels multiply-adds, and the same again for each of the two
/// parts of the backward pass.
public struct Convolution: Sendable, Hashable {
  public var inputs: Int
  public var outputs: Int
  public var kernel: Int
  public var stride: Int
  public var padding: Int

  public init(inputs: Int, outputs: Int, kernel: Int, stride: Int, padding: Int) {
    precondition(outputs.isMultiple(of: 8), "output channels come in eights")
    precondition(kernel % 2 == 1, "kernels have a centre")
    self.inputs = inputs
    self.outputs = outputs
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }

  /// Rows (or columns) of the output for so many of the input.
  public func outputSize(_ size: Int) -> Int { (size + 2 * padding - kernel) / stride + 1 }
  /// The border that the gradient of the output needs for `inputGradient`.
  public var gradientBorder: Int { kernel - 1 - padding }
  public var weightCount: Int { kernel * kernel * inputs * outputs }

  /// y = w ∗ x for the first `samples` samples. `x.border` must be `padding`.
  public func forward(_ x: FeatureMap, weights: UnsafePointer<Float>, into y: FeatureMap, samples: Int) {
    precondition(x.border == padding && x.channels == inputs && y.channels == outputs, "maps fit the convolution")
    var product = glazer_product()
    product.a_row = stride * inputs
    product.a_outer = x.rowStride
    product.a_inner = 1
    product.b = weights
    product.b_outer = kernel * inputs * outputs
    product.b_inner = outputs
    product.c_row = outputs
    product.rows = Int32(y.width)
    product.columns = Int32(outputs)
    product.outer = Int32(kernel)
    product.inner = Int32(kernel * inputs)
    for n in 0..<samples {
      for row in 0..<y.height {
        product.a = UnsafePointer(x.corner(n) + row * stride * x.rowStride)
        product.c = y.interior(n) + row * y.rowStride
        Kernels.table.product(&product)
      }
    }
  }

  /// Adds the gradient of the weights to `gradient`: for each (ky, kx, input) row, the product of the shifted input with
  /// the gradient of the output, summed over pixels.
  public func addWeightGradient(
    _ x: FeatureMap, outputGradient dy: FeatureMap, to gradient: UnsafeMutablePointer<Float>, samples: Int
  ) {
    var product = glazer_product()
    product.a_row = 1
    product.a_outer = stride * x.rowStride
    product.a_inner = stride * inputs
    product.b_outer = dy.rowStride
    product.b_inner = outputs
    product.c_row = outputs
    product.rows = Int32(kernel * inputs)
    product.columns = Int32(outputs)
    product.outer = Int32(dy.height)
    product.inner = Int32(dy.width)
    product.accumulate = 1
    for n in 0..<samples {
      product.b = UnsafePointer(dy.interior(n))
      for ky in 0..<kernel {
        product.a = UnsafePointer(x.corner(n) + ky * x.rowStride)
        product.c = gradient + ky * kernel * inputs * outputs
        Kernels.table.product(&product)
      }
    }
  }

  /// The gradient of the input is a convolution of the gradient of the output with the kernel turned by 180° and its
  /// channels exchanged; `turned` has room for it, `dy` a border of `gradientBorder`. Stride 1 only (the one strided layer
  /// reads the image).
  public func inputGradient(
    _ dy: FeatureMap, weights: UnsafePointer<Float>, turned: UnsafeMutablePointer<Float>, into dx: FeatureMap,
    samples: Int
  ) {
    precondition(stride == 1, "the input gradient of a strided convolution is never needed")
    let taps = kernel * kernel
    for tap in 0..<taps {
      let from = weights + tap * inputs * outputs
      let to = turned + (taps - 1 - tap) * inputs * outputs
      for i in 0..<inputs { for o in 0..<outputs { to[o * inputs + i] = from[i * outputs + o] } }
    }
    Convolution(inputs: outputs, outputs: inputs, kernel: kernel, stride: 1, padding: gradientBorder)
      .forward(dy, weights: turned, into: dx, samples: samples)
  }
}
