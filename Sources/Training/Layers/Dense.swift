// SPDX-License-Identifier: GPL-3.0-or-later
import COpenBLAS

#if canImport(Glibc)
  import Glibc
#endif

/// A fully connected layer, y = W x + b, with or without tanh. Rows of the matrices are samples; W is [output][input].
public struct Dense: Sendable, Hashable {
  public var inputs: Int
  public var outputs: Int
  public var tanh: Bool

  public init(inputs: Int, outputs: Int, tanh: Bool) {
    self.inputs = inputs
    self.outputs = outputs
    self.tanh = tanh
  }

  public func forward(
    _ x: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>,
    into y: UnsafeMutablePointer<Float>, samples: Int
  ) {
    _ = Kernels.table
    for n in 0..<samples { (y + n * outputs).update(from: bias, count: outputs) }
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(samples), Int32(outputs), Int32(inputs), 1, x, Int32(inputs),
      weights, Int32(inputs), 1, y, Int32(outputs))
    if tanh { for i in 0..<samples * outputs { y[i] = tanhf(y[i]) } }
  }

  /// `dy` comes as the gradient of the output `y` and is turned in place into that before the tanh. Adds the gradients of
  /// the parameters and writes that of `x`.
  public func backward(
    _ x: UnsafePointer<Float>, output y: UnsafePointer<Float>, outputGradient dy: UnsafeMutablePointer<Float>,
    weights: UnsafePointer<Float>, weightGradient: UnsafeMutablePointer<Float>,
    biasGradient: UnsafeMutablePointer<Float>, into dx: UnsafeMutablePointer<Float>, samples: Int
  ) {
    if tanh { for i in 0..<samples * outputs { dy[i] *= 1 - y[i] * y[i] } }
    for n in 0..<samples { for o in 0..<outputs { biasGradient[o] += dy[n * outputs + o] } }
    cblas_sgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, Int32(outputs), Int32(inputs), Int32(samples), 1, dy, Int32(outputs),
      x, Int32(inputs), 1, weightGradient, Int32(inputs))
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(samples), Int32(inputs), Int32(outputs), 1, dy, Int32(outputs),
      weights, Int32(inputs), 0, dx, Int32(inputs))
  }
}
