// SPDX-License-Identifier: GPL-3.0-or-later

/// What an int8 model means, exactly. Quantization (Training) and the kernels (CGlazerKernels) both follow this page.
///
/// 1. Input: a patch of mean 0 and variance 1, u = clamp(round(x / input.scale) + 64, 0, 127), `round` to nearest even
///    everywhere. Outside the patch lies 64. The quantizer takes 64·Σw off the bias of the first convolution.
/// 2. Convolution: acc = bias + Σ u·w in int32; u 0…127, w −127…127;
///    out = clamp(round(Float(acc) · scale[channel]), 0, 127), all in float32: one rounded conversion, one rounded product.
///    The clamp at 0 is the ReLU. Outside the later activations lies 0.
/// 3. Average pool: (a + b + c + d + 2) >> 2; an odd last row or column is dropped.
/// 4. dense1: acc as above, hidden = tanh(Float(acc) · scale); dense2 in float32, bias first, inputs added in order.
///
/// dense2 stays float: it costs 768 products, and 7 bits of tanh would cost accuracy.
public enum IntegerArithmetic {
  public static let inputZeroPoint: UInt8 = 64
  public static let largestActivation = 127
  public static let largestWeight = 127

  /// Why these weights cannot run: −128 (a pair of products would saturate 16 bits), a sum that could leave int32, or a
  /// scale that is not positive. Nil if all is well. `fanIn` weights belong to each output.
  static func objection(
    layer: String, weights: [Int8], bias: [Int32], scale: [Float], fanIn: Int
  ) -> (tensor: String, expected: String, found: String)? {
    for (output, start) in stride(from: 0, to: weights.count, by: fanIn).enumerated() {
      var magnitude = 0
      for weight in weights[start..<start + fanIn] {
        guard weight >= -largestWeight else {
          return ("\(layer).weight", "-\(largestWeight)...\(largestWeight)", "\(weight)")
        }
        magnitude += abs(Int(weight))
      }
      let bound = magnitude * largestActivation + abs(Int(bias[output]))
      guard bound <= Int(Int32.max) else {
        return ("\(layer).bias", "sums below 2^31", "up to \(bound) in output \(output)")
      }
      guard scale[output] > 0 else { return ("\(layer).scale", "positive scales", "\(scale[output])") }
    }
    return nil
  }
}
